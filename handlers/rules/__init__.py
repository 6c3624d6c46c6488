"""Pure rules: values in, values out; no database, no clock, no library."""
