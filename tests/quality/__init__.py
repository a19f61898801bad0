"""The measures of quality, over both towers."""
