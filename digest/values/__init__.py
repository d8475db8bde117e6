"""The values that flow through the house: frozen, plain, without behaviour beyond their own words.

Times are aware datetimes in UTC; durations are ``timedelta``; text is plain (no markup) unless a name says HTML.
In plain text a line feed stands for a block boundary, and nothing else makes one.
"""
