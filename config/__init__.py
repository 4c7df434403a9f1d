import os

# Each web process and each worker has a processor of its own: threads of the library under NumPy would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
