#!/usr/bin/python3
"""The browser's part of tests/scenario/status-page: status-page.py STAGE.JSON

STAGE.JSON: "utctl", "config", "control", the agent's control socket; "tcp", its port; "lab", the address of the lab's
control; "naf", "document", a URL; "apps", the socket of applications; "tmp", a directory; "screenshot", where it goes.

Prints "ok" or "not ok" and a text for each check, "wish: ..." for what the script is to do, which then answers with a line,
and at the end a line "status-page: ...".
"""
import http.client
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from attacker import ATTACKS, HERE, THERE, AttackersPages, NameServer, Server, in_time, play, say
from chromium import Chromium, Failed

with open(sys.argv[1], encoding="ascii") as stage_file:
    STAGE = json.load(stage_file)
RULES = '<ruleset xmlns="urn:ietf:params:xml:ns:common-policy"/>'
PATIENCE = 10


# --- the agent and the command ----------------------------------------------------------------------

def wish(text):
    print("wish: " + text, flush=True)
    sys.stdin.readline()


def ask_agent(path, method="GET"):
    connection = http.client.HTTPConnection("ut-agent")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(STAGE["control"])
    connection.request(method, path)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def as_application(method="GET", url=STAGE["document"], body=None):
    """The status of a request on Ut."""
    connection = http.client.HTTPConnection(STAGE["naf"])
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(STAGE["apps"])
    connection.request(method, url, body, {"Content-Type": "application/auth-policy+xml"} if body else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def seen():
    """What came to the NAF."""
    with urllib.request.urlopen(STAGE["lab"] + "/stats") as answer:
        naf = json.load(answer)["nafs"][STAGE["naf"]]
    return naf["requests"], naf["application_octets"]


class Web:
    """`utctl web`, until its link is there."""

    def __init__(self, *options, **more):
        self.process = subprocess.Popen([STAGE["utctl"], "--config", STAGE["config"], "--json", "web", *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
        self.told = json.loads(self.process.stdout.readline())
        self.link, self.port = self.told["url"], self.told["port"]
        self.origin = f"http://{HERE}:{self.port}"

    def ask(self, target, method="GET", body=None, **fields):
        """(status, body, header fields) of a request that no browser makes."""
        connection = http.client.HTTPConnection(HERE, self.port, timeout=PATIENCE)
        connection.request(method, target, body, {name.replace("_", "-"): value for name, value in fields.items()})
        answer = connection.getresponse()
        result = answer.status, answer.read().decode(), answer.headers
        connection.close()
        return result

    def end(self, number=signal.SIGINT):
        """Its exit status, and how long its end took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE), time.monotonic() - began


def gone(port):
    try:
        socket.create_connection((HERE, port), 1).close()
        return False
    except ConnectionRefusedError:
        return True


# --- what the page shows ----------------------------------------------------------------------------

LIVE = "document.getElementById('link')?.dataset.state === 'live'"


def state_is(page, state):
    return f"document.getElementById('link')?.dataset.state === '{state}'"


def shown(page):
    return page.evaluate("document.body.innerText")


def facts(page):
    """The page's pairs of name and value, as a browser's user reads them."""
    return page.evaluate("Object.fromEntries([...document.querySelectorAll('dt')].map((dt) => [dt.textContent, dt.nextElementSibling.textContent]))")


def headline(page, name):
    return page.evaluate(f"document.querySelector('[data-at={name}]').textContent")


def is_shown(page, name, pattern):
    return in_time(page.chromium, lambda: re.search(pattern, headline(page, name)))


def shows_what_is(page):
    say(headline(page, "card") == "In the reader" and facts(page).get("Reader") == ask_agent("/status")["subscribers"][0]["card"]["reader"]
        and "ICCID" not in facts(page), "the page shows the card, which is not read before it is needed [API-2]", facts(page))
    say(headline(page, "left") == "None yet", "before a request there is no association [API-2]", headline(page, "left"))
    before = seen()
    say(as_application("PUT", body=RULES) == 201 and as_application() == 200, "an application writes its rules and reads them [API-1]")
    say(is_shown(page, "left", r"^(59:\d\d|1:00:00) left$"), "then there is one, with the time that is left [API-2]", headline(page, "left"))
    status = ask_agent("/status")["subscribers"][0]
    table = facts(page)
    say(table.get("B-TID") == status["association"]["b_tid"] and table.get("Requests") == "2" and table.get("Bootstrappings") == "1",
        "its B-TID and the counts are those of the status [API-2 KEY-6]", table)
    card = status["card"]["subscriber"]
    say(headline(page, "card") == "Ready" and table.get("ICCID") == card["iccid"] and table.get("Home network") == card["home_domain"] and table.get("Private identity") == card["impi"]
        and table.get("Identities") == ", ".join(card["impus"]), "so is the subscriber, as far as the status tells of him [API-2 KEY-6]", table)
    say(is_shown(page, "nafs", re.escape(STAGE["naf"]) + "by certificate") and is_shown(page, "channels", "^1 channel open$"),
        "the NAF, how it was reached, and the channel are there [API-2]", shown(page))
    first = headline(page, "left")
    say(in_time(page.chromium, lambda: headline(page, "left") != first), "the time counts down [API-2]", first)
    say(seen()[0] > before[0] and page.evaluate("performance.getEntriesByType('navigation').length") == 1, "all without loading the page anew [API-2]")


def shows_events(page):
    def events(pattern):
        return page.evaluate(f"[...document.querySelectorAll('#list li')].filter((entry) => /{pattern}/.test(entry.textContent)).length")
    say(in_time(page.chromium, lambda: events("Request.*GET pres-rules: 200") == 1 and events("A new security association") == 1),
        "requests and the bootstrapping appeared while they happened [API-2]", shown(page))
    as_application(url=f"http://{STAGE['naf']}/pres-rules/users/sip:somebody@home1.net/index")
    say(in_time(page.chromium, lambda: events("Denied.*The application may not use this XCAP document") == 1),
        "so does a denial, in words [API-2 API-4]", shown(page))
    for name in ("Tab", "Tab", "Tab"):
        for kind in ("keyDown", "keyUp"):
            page.command("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=9)
    say(page.evaluate("document.activeElement.id") == "pause", "by the keyboard alone one comes to the button [API-2]",
        page.evaluate("document.activeElement.outerHTML"))
    for kind in ("keyDown", "keyUp"):
        page.command("Input.dispatchKeyEvent", type=kind, key=" ", code="Space", windowsVirtualKeyCode=32, text=" ")
    as_application()
    say(in_time(page.chromium, lambda: page.evaluate("document.getElementById('pause').textContent") == "Go on (1)")
        and events("GET pres-rules: 200") == 1, "which holds the events back [API-2]", shown(page))
    page.evaluate("document.getElementById('pause').click()")
    say(events("GET pres-rules: 200") == 2, "and shows them when it is pressed again [API-2]")
    tree = page.command("Accessibility.getFullAXTree")["nodes"]
    roles = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]}
    say(all(any(role == wanted and re.search(name, text) for role, text in roles) for wanted, name in (
        ("heading", "^ut-agent$"), ("heading", "^Card$"), ("heading", "^Security association$"), ("status", ""), ("log", "^Events$"),
        ("combobox", "^Show"), ("button", "^Pause$"), ("main", ""))), "a screen reader finds headings, state, events and controls by name [API-2]",
        sorted(roles))


def shows_the_agent_away(page):
    wish("stop the agent")
    page.until(state_is(page, "away"), PATIENCE)
    say("The agent does not answer" in shown(page), "the page says when the agent is away [API-2]", shown(page))
    wish("start the agent")
    page.until(LIVE, PATIENCE)
    say(is_shown(page, "left", "^None yet$") and "does not answer" not in shown(page), "and finds it again by itself [API-2]", shown(page))


def make_screenshot(page):
    as_application()
    is_shown(page, "left", "left$")
    as_application(url=f"http://{STAGE['naf']}/pres-rules/users/sip:somebody@home1.net/index")
    as_application("PUT", body=RULES)
    page.until("document.querySelectorAll('#list li').length === 5", PATIENCE)
    in_time(page.chromium, lambda: facts(page).get("Requests") == "3")
    page.screenshot(STAGE["screenshot"], 1240, 1000, prefers_color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.screenshot(STAGE["screenshot"], 1240, 1000, prefers_color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    say(light != dark and os.path.getsize(STAGE["screenshot"]) > 20000, "there is a light and a dark page; the screenshot is made [API-2]", light, dark)


# --- what the page may do ---------------------------------------------------------------------------

def is_confined(page, web):
    """No violation of the policy by the page itself, no request to elsewhere; and the policy bites."""
    told = [params for params in page.told("Audits.issueAdded") if "contentSecurityPolicy" in json.dumps(params)]
    logged = [params["entry"]["text"] for params in page.told("Log.entryAdded") if params["entry"]["source"] == "security"]
    say(not told and not logged and not page.told("Runtime.exceptionThrown"), "no violation of the content security policy, no exception [API-5]",
        told, logged, page.told("Runtime.exceptionThrown"))
    urls = [params["request"]["url"] for params in page.told("Network.requestWillBeSent")]
    say(len(urls) > 5 and all(url.startswith(web.origin + "/") for url in urls), "every request was to the page's own origin [API-5]", urls)
    say(page.evaluate("document.cookie") == "", "no script sees the cookie [API-5]")
    page.evaluate("""(() => {
      window.blocked = [];
      document.addEventListener('securitypolicyviolation', (violation) => window.blocked.push(violation.effectiveDirective));
      const put = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
      try { put('script', { text: 'window.ran = 1' }); } catch { window.blocked.push('script of text') }
      put('img', { src: 'http://evil.example/' });
      put('iframe', { src: 'http://evil.example/' });
      put('link', { rel: 'stylesheet', href: 'http://evil.example/' });
      fetch('http://evil.example/').catch(() => {});
    })()""")
    wanted = ("script of text", "img-src", "frame-src", "style-src-elem", "connect-src")
    say(in_time(page.chromium, lambda: set(wanted) <= set(page.evaluate("window.blocked"))) and not page.evaluate("window.ran"),
        "what the page does not need is blocked: scripts of text, and images, frames, styles and requests of elsewhere [API-5]", page.evaluate("window.blocked"))


def session_can_only_look(web, cookie, path):
    """With the cookie in hand, past all that a browser would forbid."""
    before, status = seen(), ask_agent("/status")["subscribers"][0]
    answers = {}
    for method, name in (("POST", "forget"), ("POST", "bootstrap"), ("POST", "reload"), ("POST", "tokens/make"), ("PUT", "log-level"),
                         ("POST", "status"), ("POST", "explain"), ("DELETE", "status"), ("OPTIONS", "status"), ("HEAD", "status")):
        answers[method, name] = web.ask(path + name, method, Cookie=cookie)[0]
    say(set(answers.values()) == {405}, "the session can order nothing: 405 [API-5 KEY-5]", answers)
    answers = {name: web.ask(path + name, Cookie=cookie)[0] for name in ("forget", "tokens", "keys", "explain", "../status", "status?x", "log-level")}
    answers["/status"] = web.ask("/status", Cookie=cookie)[0]
    say(set(answers.values()) == {404}, "and gets nothing but page, status and events: 404 [API-5 KEY-5]", answers)
    answers = {"absolute": web.ask(STAGE["document"], Cookie=cookie, Host=STAGE["naf"])[0],
               "origin": web.ask("/pres-rules/users/x/index", Cookie=cookie)[0],
               "host": web.ask("/pres-rules/users/x/index", Cookie=cookie, Host=STAGE["naf"])[0],
               "connect": web.ask(STAGE["naf"] + ":443", "CONNECT", Cookie=cookie, Host=STAGE["naf"])[0]}
    say(set(answers.values()) == {404, 421}, "it passes no request on to a NAF [API-5]", answers)
    secret = cookie.partition("=")[2]
    at_agent = []
    for word in (secret, web.link.rpartition("/")[2]):
        connection = http.client.HTTPConnection(HERE, STAGE["tcp"], timeout=PATIENCE)
        connection.request("GET", STAGE["document"], headers={"Proxy-Authorization": "Bearer " + word})
        at_agent.append(connection.getresponse().status)
        connection.close()
    say(at_agent == [407, 407], "neither cookie nor link is a token for Ut [API-2 API-5]", at_agent)
    after = ask_agent("/status")["subscribers"][0]
    say(seen() == before and after["association"]["b_tid"] == status["association"]["b_tid"]
        and after["bootstrapping"]["runs"] == status["bootstrapping"]["runs"], "nothing came to the NAF, and the association is the same [API-5]")
    say(web.ask(path + "status", Cookie=cookie)[0] == 200 and web.ask(path + "status")[0] == 403
        and web.ask(path + "status", Cookie=cookie[:-1] + "x")[0] == 403, "looking is what the cookie is for, and nothing else will do [API-5]")
    say(web.ask(path + "status", Cookie=cookie, Host=f"localhost:{web.port}")[0] == 421
        and web.ask(path + "status", Cookie=cookie, Origin="http://evil.example")[0] == 403
        and web.ask(path + "status", Cookie=cookie, Sec_Fetch_Site="same-site")[0] == 403,
        "not even with it for another Host, another origin, another site [API-5]")


def one_time_link(chromium, web):
    other = chromium.page(apart=True)
    other.go(web.link)
    say("This link was used before" in shown(other) and "Ctrl-C" in shown(other), "a second use of the link is refused, with a page that says what to do [API-5]",
        shown(other))
    other.go(web.link[:-1] + ("0" if web.link[-1] != "0" else "1"))
    say("This link is not known" in shown(other), "another link is not known [API-5]", shown(other))
    say(web.ask("/open/" + web.link.rpartition("/")[2])[0] == 403 and web.ask("/")[0] == 403, "nor is there anything without one [API-5]")
    other.close()


# --- who gets nothing -------------------------------------------------------------------------------

def looks():
    """How often the agent was asked at its control socket by others than this script."""
    looks.own += 1
    return ask_agent("/status")["sockets"]["accepted"] - looks.own


looks.own = 0


def attack(page, title, url):
    """All attacks on the status from a browser that holds the session; what the pages learnt, and what came of it."""
    before, wrong = looks(), []
    for one in ATTACKS:
        try:
            learnt = play(page, one, url)
        except Failed as failure:
            learnt = f"failed: {failure}"
        if any(word in learnt for word in ("subscribers", "b_tid", "iccid", "event:")):
            wrong.append(f"{one.name}: the page learnt {learnt}")
    asked = looks() - before
    say(not wrong and asked == 0, f"{title}: {len(ATTACKS)} kinds of requests learn nothing, and the agent is asked nothing [API-5]", *wrong,
        f"{asked} connections to the agent")
    return len(ATTACKS)


def foreign_pages(chromium, web, path):
    """In the browser that holds the cookie."""
    count = 0
    elsewhere, neighbour = Server(THERE, 0, AttackersPages), Server(HERE, 0, AttackersPages)
    for title, origin in (("a page of another site", f"http://evil.example:{elsewhere.server_port}"),
                          ("a page of another port, which is the same site", f"http://{HERE}:{neighbour.server_port}")):
        page = chromium.page()
        page.go(origin + "/")
        count += attack(page, title, f"{web.origin}{path}status")
        page.close()
    page = chromium.page()
    page.go(f"http://{HERE}:{neighbour.server_port}/")
    page.evaluate("fetch('/status', {credentials: 'include'}).then((answer) => answer.status)")
    say(neighbour.cookies == [] and elsewhere.cookies == [], "another port of the same address gets no cookie [API-5]", neighbour.cookies)
    page.close()
    elsewhere.end()
    neighbour.end()
    return count


def rebound_page(chromium, web, path):
    attackers = Server(THERE, web.port, AttackersPages)
    page = chromium.page()
    page.go(f"http://rebound.example:{web.port}/")
    attackers.end()
    answers = page.evaluate(f"""(async () => {{
      const answers = [];
      for (const target of ['/page.js', '{path}', '{path}status', '{path}events', '/open/x'])
        answers.push(await fetch(target, {{ referrerPolicy: 'no-referrer' }}).then(async (answer) => answer.status + ' ' + await answer.text()));
      return answers;
    }})()""")
    say(all(answer.startswith("421 ") and "This is not the address of the status page" in answer for answer in answers),
        "a page whose name is rebound to the page's address gets 421 [API-5]", answers)
    page.close()


# --- how it ends ------------------------------------------------------------------------------------

def ends_with_the_command(page, web):
    status, took = web.end()
    say(status == 0 and took < 2 and gone(web.port), "Ctrl-C ends the page at once, though it is open [API-2]", status, took)
    page.until(state_is(page, "ended"), PATIENCE)
    say("utctl web has ended" in shown(page), "and it says so [API-2]", shown(page))


def hang_up():
    """A terminal is closed; another one whose shell has left the command in its background, which no signal tells of it."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv(STAGE["utctl"], [STAGE["utctl"], "--config", STAGE["config"], "--json", "web"])
    text = b""
    while b"}" not in text and select.select([master], [], [], PATIENCE)[0]:
        text += os.read(master, 4096)
    port = json.loads(re.search(rb"\{.*\}", text)[0])["port"]
    os.close(master)
    os.waitpid(pid, 0)
    say(gone(port), "it ends with its terminal [API-2]")
    place = STAGE["tmp"] + "/background"
    pid, master = pty.fork()
    if pid == 0:
        os.execvp("bash", ["bash", "-c", f"set -m; '{STAGE['utctl']}' --config '{STAGE['config']}' --json web >'{place}' 2>&1 & "
                                         f"echo $! >'{place}.pid'; until grep -q '}}' '{place}'; do :; done"])
    os.waitpid(pid, 0)  # the shell has left the command behind
    with open(place, "rb") as file:
        port = json.loads(re.search(rb"\{.*\}", file.read())[0])["port"]
    os.close(master)
    end = time.monotonic() + PATIENCE
    while not gone(port) and time.monotonic() < end:
        time.sleep(0.02)
    say(gone(port), "also from the background, when the shell has ended before [API-2]")


def by_xdg_open():
    """--open hands the link over in a file of the user's, and not in a command line, which everybody can read."""
    place = STAGE["tmp"] + "/open"
    os.makedirs(place + "/bin")
    os.makedirs(place + "/run", mode=0o700)
    with open(place + "/bin/xdg-open", "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\nstat -c %a \"$1\" >'{place}/mode'\nprintf '%s\\n' \"$@\" >'{place}/arguments'\ncp \"$1\" '{place}/page.html'\n")
    os.chmod(place + "/bin/xdg-open", 0o755)
    web = Web("--open", env=os.environ | {"PATH": f"{place}/bin:{os.environ['PATH']}", "XDG_RUNTIME_DIR": place + "/run"})
    token = web.link.rpartition("/")[2]
    end = time.monotonic() + PATIENCE
    while not os.path.exists(place + "/page.html") and time.monotonic() < end:
        time.sleep(0.02)
    texts = {}
    for name in ("mode", "arguments", "page.html"):
        with open(f"{place}/{name}", encoding="utf-8") as file:
            texts[name] = file.read()
    say(texts["mode"] == "600\n" and token not in texts["arguments"] and web.link in texts["page.html"],
        "--open: the browser gets the link in a file of mode 0600, not in its command line [KEY-4]", texts["mode"], texts["arguments"])
    with open(f"/proc/{web.process.pid}/cmdline", encoding="ascii") as line, open(f"/proc/{web.process.pid}/environ", encoding="utf-8") as environment:
        say(token not in line.read() + environment.read(), "no token is in argv or environment [KEY-4]")
    with Chromium(STAGE["tmp"] + "/by-file") as chromium:
        page = chromium.page()
        page.go(f"file://{place}/page.html")
        page.until(LIVE, PATIENCE)
        say(page.evaluate("location.origin") == web.origin and os.listdir(place + "/run") == [],
            "the file leads to the page, and is gone once the link was used [API-5 KEY-4]", os.listdir(place + "/run"))
    say(web.end(signal.SIGTERM)[0] == 0, "SIGTERM ends it too [API-2]")


def bounded(web):
    """More connections than it has room for are closed at once, and the page is still served."""
    held = [socket.create_connection((HERE, web.port)) for _ in range(60)]
    end, closed = time.monotonic() + PATIENCE, 0
    while closed < 36 and time.monotonic() < end:
        closed = len(select.select(held, [], [], 0.02)[0])
    say(closed >= 36, "of 60 connections those beyond its bound are closed at once [API-6]", closed)
    for one in held:
        one.close()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if web.ask("/page.css")[0] == 200:
                break
        except (ConnectionError, http.client.HTTPException):
            time.sleep(0.02)
    status, body, header = web.ask("/page.css")
    say(status == 200 and "font" in body and header["X-Content-Type-Options"] == "nosniff" and header["Referrer-Policy"] == "no-referrer",
        "and it goes on [API-6]", header)


def main():
    began = time.monotonic()
    NameServer(rebound=["rebound.example"])
    web = Web()
    count = 0
    with Chromium(STAGE["tmp"] + "/browser") as chromium:
        page = chromium.page()
        page.go(web.link)
        page.until(LIVE, PATIENCE)
        path = page.evaluate("location.pathname")
        cookies = page.command("Network.getCookies")["cookies"]
        say(len(cookies) == 1 and cookies[0]["httpOnly"] and cookies[0]["sameSite"] == "Strict" and cookies[0]["path"] == path
            and cookies[0]["session"] and re.fullmatch("/[0-9a-f]{32}/", path), "the link becomes a session cookie: HttpOnly, SameSite=Strict, of the page's path [API-5]",
            cookies)
        say(web.link.rpartition("/")[2] not in page.evaluate("location.href"), "the address of the page holds no token [API-5]")
        cookie = f"{cookies[0]['name']}={cookies[0]['value']}"
        one_time_link(chromium, web)
        shows_what_is(page)
        shows_events(page)
        is_confined(page, web)
        shows_the_agent_away(page)
        page.go(web.origin + path)
        page.until(LIVE, PATIENCE)
        make_screenshot(page)
        page.close()
        session_can_only_look(web, cookie, path)
        count += foreign_pages(chromium, web, path)
        rebound_page(chromium, web, path)
        bounded(web)
        page = chromium.page()
        page.go(web.origin + path)
        page.until(LIVE, PATIENCE)
        ends_with_the_command(page, web)
    by_xdg_open()
    hang_up()
    print(f"status-page: {count} requests of other pages learn nothing, in {time.monotonic() - began:.1f} s")


main()
