"""Who is who: contacts that are one person are found, merged, and taken apart again."""
