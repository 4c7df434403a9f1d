"""Daymark's settings: one file, every difference between deployments an environment variable.

`manage.py` and the test plugin call `config.embedded.ensure()` first, so DATABASE_URL and REDIS_URL
are always set by the time this file is read.
"""

import datetime as dt
import os
import shlex
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


DEMO = env_bool("DAYMARK_DEMO")
DEBUG = env_bool("DAYMARK_DEBUG")
SECRET_KEY = os.environ["DAYMARK_SECRET_KEY"]
ALLOWED_HOSTS = env_list("DAYMARK_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("DAYMARK_ORIGINS")

# The day for every command and page; empty = the clock, Europe/London (accounts.clock).
DAYMARK_TODAY = os.environ.get("DAYMARK_TODAY", "").strip()
if DAYMARK_TODAY:
    try:
        dt.date.fromisoformat(DAYMARK_TODAY)
    except ValueError:
        raise ImproperlyConfigured(f"DAYMARK_TODAY is “{DAYMARK_TODAY}”, which is not a date like 2026-11-20.") from None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "drf_spectacular",
    "knox",
    "pgtrigger",
    "pghistory",
    "accounts",
    "schools",
    "attendance",
    "casework",
    "meetings",
    "legal",
    "dashboards",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignInRequired",
    "accounts.middleware.SecondFactorRequired",
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "schools.context.authority",
                "dashboards.context.navigation",
            ],
            "builtins": ["dashboards.templatetags.daymark", "dashboards.templatetags.days"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60, conn_health_checks=True)}
DATABASES["default"].setdefault(
    "TEST", {"NAME": os.environ.get("DAYMARK_TEST_DB") or None, "TEMPLATE": os.environ.get("DAYMARK_TEST_TEMPLATE") or None}
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ["REDIS_URL"]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "daymark",
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # every address is entered by an administrator, not by a visitor
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # an address nobody here has gets no mail from us
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password": "accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "reauthenticate": "accounts.forms.ConfirmPasswordForm",
}
# Attempts are counted by the visitor's address, which a proxy in front of us passes on.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env_bool("DAYMARK_BEHIND_PROXY") else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Daymark"
MFA_ADAPTER = "accounts.adapter.SecretsEncrypted"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.ConfirmCodeForm",
    "activate_totp": "accounts.forms.ActivateForm",
}
# A second factor for everyone; off in the demo so that a newcomer can walk straight in.
SECOND_FACTOR_REQUIRED = env_bool("DAYMARK_SECOND_FACTOR", default=not DEMO)

# Kept in the database and read from the cache: a query less on every page. A session is ended by its hash (accounts.models),
# wherever it was read from; without a cache the database answers.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Plain http is for the demo and the tests on loopback only.
SECURE_COOKIES = env_bool("DAYMARK_SECURE_COOKIES", default=not DEMO)
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_SSL_REDIRECT = env_bool("DAYMARK_SSL_REDIRECT")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("DAYMARK_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "accounts.views.form_too_old"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        # the hash is govuk-frontend's one-line "js-enabled" switch in templates/base.html
        "script-src": ["'self'", "'sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw='"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# The API answers JSON only and reads only, but for the push of registers (attendance.push_api). It never shows a page of its own
# (no rest_framework in INSTALLED_APPS: nothing of it needs a template or a static file). What may be read is said by each
# view's `needs` and its `visible_to`.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api_access.PersonalToken", "accounts.api_access.SignedIn"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api_access.RoleMay"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api_access.Limit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],  # what is pushed is read by its own view
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "accounts.api_access.AlwaysJson",
    "DEFAULT_PAGINATION_CLASS": "accounts.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "accounts.api.problem",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# Requests a user may make: to everything, and to registers, whose answers are long; and those of a school's system that pushes.
API_LIMITS = {
    "read": os.environ.get("DAYMARK_API_LIMIT", "120/min"),
    "registers": os.environ.get("DAYMARK_API_REGISTERS_LIMIT", "60/min"),
    "push": os.environ.get("DAYMARK_API_PUSH_LIMIT", "120/min"),
}
MAX_PUSH_BYTES = 32 * 1024 * 1024  # a body is read at the door, so that its sender hears at once what is wrong with it
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_PREFIX": "dm_"}
MIGRATION_MODULES = {"knox": None}  # our token stands in place of its own, whose table would stay empty
SPECTACULAR_SETTINGS = {
    "TITLE": "Daymark",
    "DESCRIPTION": "Read what you may see on the pages: schools, pupils, registers, flags, ratings, meetings and cases. "
    "A school’s system may push its registers.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SORT_OPERATIONS": False,  # in the order of the addresses: schools first
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "config.api.say_problems"],
    "ENUM_NAME_OVERRIDES": {
        "SchoolPhase": "schools.models.School.Phase",
        "Sex": "schools.models.Pupil.Sex",
        "EnrolmentKind": "schools.models.Enrolment.Kind",
        "CharacteristicKind": "schools.models.Characteristic.Kind",
        "FlagCode": "attendance.models.Flag.Code",
        "RatingColour": "attendance.models.Rating.Colour",
        "RatingTerm": "attendance.models.Rating.Term",
        "CaseOrigin": "casework.models.Case.Origin",
        "CaseReason": "casework.models.Case.Reason",
        "CaseOutcome": "casework.models.Case.Outcome",
        "MeetingKind": "meetings.models.Meeting.Kind",
        "MeetingPlace": "meetings.models.Meeting.Place",
        "MeetingStatus": "meetings.models.Meeting.Status",
        "MeetingCancelled": "meetings.models.Meeting.Why",
        "ActionOwner": "meetings.models.Action.Owner",
        "ActionStatus": "meetings.models.Action.Status",
        "ActionProgress": "meetings.models.Progress.State",
    },
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
DATE_FORMAT = "j F Y"
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("DAYMARK_STATIC_ROOT", BASE_DIR / ".static"))
# Extracts as sent, under names made of their SHA-256; never served as static files.
MEDIA_ROOT = Path(os.environ.get("DAYMARK_FILES") or Path(os.environ.get("DAYMARK_STATE", BASE_DIR / ".state")) / "files")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.HashedStatic"},
}
FILE_UPLOAD_HANDLERS = [
    "attendance.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "attendance.uploads.OnDisk",
]
# what lies in file storage are children's registers: for the service's own user alone
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
# A command that reads a file from its standard input and ends with 0 (nothing found) or 1 (harmful), like "clamdscan --no-summary -";
# none: files attached to cases are kept unscanned, and their pages say so.
FILE_SCANNER = shlex.split(os.environ.get("DAYMARK_FILE_SCANNER", ""))
MAX_EXTRACT_BYTES = 512 * 1024 * 1024

# Live feeds. The token is sent to the base and to hosts that end so, nowhere else.
WONDE_BASE = os.environ.get("DAYMARK_WONDE_BASE", "https://api.wonde.com/v1.0/")
WONDE_HOSTS = env_list("DAYMARK_WONDE_HOSTS", ".wonde.com")
WONDE_TIMEOUT = 30.0  # seconds without a byte

EMAIL_BACKEND = os.environ.get("DAYMARK_EMAIL_BACKEND") or (
    "django.core.mail.backends.filebased.EmailBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = MEDIA_ROOT / "mail"
EMAIL_HOST = os.environ.get("DAYMARK_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("DAYMARK_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("DAYMARK_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("DAYMARK_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env_bool("DAYMARK_EMAIL_TLS")
DEFAULT_FROM_EMAIL = os.environ.get("DAYMARK_EMAIL_FROM", "attendance@localhost")

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page that rings while the broker is down gives up after a second (seven without these): the sweeper finds the work.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_TIMEZONE = TIME_ZONE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"daymark": {"level": "INFO"}},
}
