"""Several upstreams that are all the one mock: the first segment of the path says which of them was asked."""


def upstream(mock_url, name, **options):
    """An upstream of this name. Without a key of its own unless the options have one."""
    keyed = any(option.startswith("key") for option in options)
    return {"name": name, "base_url": f"{mock_url}/{name}/v1", **({} if keyed else {"auth": "none"}), **options}


def upstreams(mock_url, *names):
    return [upstream(mock_url, name) for name in names]


def asked(records):
    """The upstreams that the mock was asked as, in order."""
    return [record.target.split("/")[1] for record in records]


def gap_ms(earlier, later):
    """From the end of one attempt to the start of another."""
    return (later.began_ns - earlier.ended_ns) / 1e6
