"""The medians of all rounds as a table, and the limits that ut-agent has to keep."""

from dataclasses import dataclass
from statistics import median

AGENT = "ut-agent"
REFERENCE = "nginx"


@dataclass
class Verdict:
    what: str
    value: float
    limit: float
    unit: str

    @property
    def kept(self):
        return self.value <= self.limit

    def as_json(self):
        return {"what": self.what, "value": round(self.value, 3), "limit": self.limit,
                "unit": self.unit, "kept": self.kept}

    def __str__(self):
        return (f"{'kept  ' if self.kept else 'MISSED'}  {self.what}: "
                f"{self.value:.4g} {self.unit}, limit {self.limit:g}")


def medians(samples):
    """One dictionary of numbers out of several with the same keys."""
    return {key: median(sample[key] for sample in samples) for key in samples[0]}


def summary(rounds):
    """{relay: {"idle": {...}, "load": {connections: {...}}, ...}} out of a list of such rounds."""
    result = {}
    for name in rounds[0]:
        of_relay = [one[name] for one in rounds]
        result[name] = {"idle": medians([one["idle"] for one in of_relay]),
                        "load": {count: medians([one["load"][count] for one in of_relay])
                                 for count in of_relay[0]["load"]}}
        if "agent" in of_relay[0]:
            result[name]["agent"] = medians([one["agent"] for one in of_relay])
    for of_relay in result.values():
        for count, point in of_relay["load"].items():
            reference = result.get(REFERENCE)
            point["cpu_ratio"] = (point["cpu_us"] / reference["load"][count]["cpu_us"]
                                  if reference else float("nan"))
    return result


def verdicts(result):
    """Every limit that this run could judge."""
    if AGENT not in result:
        return []
    agent = result[AGENT]
    found = []
    if REFERENCE in result:
        for count, limit in ((16, 1.7), (256, 1.3)):
            if count in agent["load"]:
                found.append(Verdict(f"CPU a request at {count} connections",
                                     agent["load"][count]["cpu_ratio"], limit, "times nginx's"))
    found.append(Verdict("anonymous memory, idle", agent["idle"]["anonymous_kb"] / 1024, 5, "MB"))
    if 256 in agent["load"]:
        found.append(Verdict("anonymous memory at 256 connections",
                             agent["load"][256]["anonymous_kb"] / 1024, 50, "MB"))
    own = agent["agent"]
    found += [
        Verdict("first request from nothing", own["first_request_ms"], 50, "ms"),
        Verdict("wake-ups a second, idle", own["wake_ups"], 5, "1/s"),
        Verdict("401 round trips a nonce", own["challenges_a_nonce"], 1, "401/nonce"),
        Verdict("401 round trips beyond one a TLS connection",
                max(0, own["challenges"] - own["connections"]), 0, "401"),
        Verdict("requests that the NAF refused", own["refused"], 0, "requests"),
    ]
    return found


ROUND_TRIP_LIMITS = {  # kind of request: (in words, the most round trips)
    "cold": ("a request from nothing", 6),
    "warm": ("a request with a key and a channel", 1),
    "nextnonce": ("a request whose nonce nextnonce renewed", 1),
    "stale": ("a request whose nonce is stale", 2),
}


def round_trip_verdicts(trips):
    """Time on a link of 40 ms, in whole round trips: what the machine itself needs is a part of one."""
    return [Verdict(f"round trips of {what}", int(trips[kind]), limit, f"({trips[kind]:.2f})")
            for kind, (what, limit) in ROUND_TRIP_LIMITS.items() if kind in trips]


def handshake_verdicts(costs):
    return [Verdict(f"resumed handshake of TLS 1.2, {method}", cost["1.2"]["resumed"] / cost["1.2"]["full"], 0.5, "of a full one")
            for method, cost in costs.items()]


def method_verdicts(costs):
    """As fast as Digest's; a twentieth is what two runs of the same differ by."""
    return [Verdict(f"warm request, {method}", cost / costs["digest"], 1.05, "of the CPU of Digest's")
            for method, cost in costs.items() if method != "digest"]


def front_verdicts(front):
    """A twentieth is what two runs of the same differ by."""
    if not front:
        return []
    return [Verdict("CPU a request through the Unix socket", front["unix"]["cpu_us"] / front["tcp"]["cpu_us"], 1.05, "times TCP's"),
            Verdict(f"memory of an idle connection, of {front['idle_connections']}", front["idle_octets"], 8192, "octets"),
            Verdict("a decision of the policy", front["decision_ns"], 2000, "ns")]


def front_table(front):
    head = f"{'front':9} | {'CPU us/req':>10} {'req/s':>7}"
    return "\n".join(["", head, "-" * len(head)] + [f"{door:9} | {front[door]['cpu_us']:10.1f} {front[door]['per_second']:7.0f}"
                                                    for door in ("unix", "tcp")])


def method_table(costs):
    head = f"{'warm request':18} | {'CPU us/req':>10} {'x digest':>8}"
    return "\n".join(["", head, "-" * len(head)] + [f"{method:18} | {cost:10.1f} {cost / costs['digest']:8.2f}"
                                                    for method, cost in costs.items()])


def handshake_table(costs):
    head = f"{'handshake':18} {'TLS':>5} | {'full us':>8} {'resumed us':>10} {'ratio':>6}"
    lines = ["", head, "-" * len(head)]
    for method, versions in costs.items():
        for version, cost in versions.items():
            lines.append(f"{method:18} {version:>5} | {cost['full']:8.0f} {cost['resumed']:10.0f} {cost['resumed'] / cost['full']:6.2f}")
    return "\n".join(lines)


def table(result):
    head = (f"{'':9} {'conns':>5} | {'CPU us/req':>10} {'x nginx':>7} | {'req/s':>7} | "
            f"{'anon MB':>7} {'RSS MB':>7} | {'failed':>6}")
    lines = [head, "-" * len(head)]
    for name, of_relay in result.items():
        idle = of_relay["idle"]
        lines.append(f"{name:9} {'idle':>5} | {'':10} {'':7} | {'':7} | "
                     f"{idle['anonymous_kb'] / 1024:7.1f} {idle['total_kb'] / 1024:7.1f} |")
        for count, point in of_relay["load"].items():
            failed = point["refused"] + point["broken"] + point["late"]
            lines.append(
                f"{'':9} {count:5} | {point['cpu_us']:10.1f} {point['cpu_ratio']:7.2f} | "
                f"{point['per_second']:7.0f} | "
                f"{point['anonymous_kb'] / 1024:7.1f} {point['total_kb'] / 1024:7.1f} | "
                f"{failed:6.0f}")
    return "\n".join(lines)
