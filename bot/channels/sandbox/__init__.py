"""The sandbox: a full channel in the browser, for the first run, the demo and the end-to-end tests."""
