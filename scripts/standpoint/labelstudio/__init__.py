"""Any Label Studio: tasks are sent, annotations fetched or imported, exactly once."""
