"""Everything about running a model, behind the interface in `service.py`."""
