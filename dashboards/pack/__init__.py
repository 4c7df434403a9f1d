"""The pack of a targeting support meeting: one page first and the detail behind it, the same for the web and for its PDF."""
