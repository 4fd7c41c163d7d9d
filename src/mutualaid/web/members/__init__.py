"""会员端: mobile pages of members."""
