"""What Tandem is measured against."""
