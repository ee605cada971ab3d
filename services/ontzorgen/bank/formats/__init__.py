"""The bank's file formats (ISO 20022): pain.001 out, pain.002 and camt.053 in. Files and values, no database."""
