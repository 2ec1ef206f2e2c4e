"""The notebooks as students get them. Installed as ``handgrad.released``, for the doctor to repair by."""
