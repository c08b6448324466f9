"""A small shop for journeys: login with a CSRF token, create, read, delete. Any of it can be broken on cue."""

import http.cookies
import json
import threading
import urllib.parse

from support import WebServer


class Shop:
    """Users log in by a form with a token; what they create they see and delete with a bearer token.

    `broken` names what answers wrongly: "page", "login", "create", "read", "delete". With `echoes` every error
    tells in its body and its headers all that the request held, as careless servers do.
    """

    USER = "probe"

    def __init__(self, case, password, csrf="csrf-4711", bearer="bearer-0815"):
        self.password = password
        self.csrf = csrf
        self.bearer = bearer
        self.broken = set()
        self.echoes = False
        self.lock = threading.Lock()
        self.hosts = {}
        self.next_id = 1
        self.seen = []
        self.server = WebServer(case, self.handle)
        self.url = self.server.url

    def paths(self):
        with self.lock:
            return [path for path, _, _ in self.seen]

    def handle(self, request):
        size = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(size).decode()
        path, _, query = request.path.partition("?")
        # WebServer answers every method by one function; the verb is in the request.
        verb = request.command
        with self.lock:
            self.seen.append((verb + " " + path, dict(request.headers), body))
            self.route(request, verb, path, query, body)

    def answer(self, request, status, body, headers=()):
        payload = body if isinstance(body, str) else json.dumps(body)
        request.send_response(status)
        request.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        request.send_header("Content-Length", str(len(payload)))
        for name, value in headers:
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(payload.encode())

    def refuse(self, request, body, status=500):
        if not self.echoes:
            return self.answer(request, status, {"error": "no"})
        all_of_it = {"path": request.path, "headers": dict(request.headers), "body": body}
        echo = [("X-Echo-" + name, value) for name, value in request.headers.items()]
        return self.answer(request, status, all_of_it, echo + [("X-Echo-Body", urllib.parse.quote(body))])

    def cookie(self, request):
        cookies = http.cookies.SimpleCookie(request.headers.get("Cookie", ""))
        return cookies["sid"].value if "sid" in cookies else None

    def route(self, request, verb, path, query, body):
        what = self.name_of(verb, path)
        if what in self.broken:
            return self.refuse(request, body)
        if what == "redirect":
            return self.answer(request, 302, "", [("Location", "/gone?token=" + self.bearer)])
        if what == "page":
            return self.answer(request, 200, '<input name="csrf" value="%s">' % self.csrf,
                               [("Set-Cookie", "sid=anonymous; Path=/")])
        if what == "login":
            form = dict(urllib.parse.parse_qsl(body))
            if (form.get("csrf"), form.get("user"), form.get("password")) != (self.csrf, self.USER, self.password) or \
                    self.cookie(request) != "anonymous":
                return self.refuse(request, body, 403)
            return self.answer(request, 200, {"token": self.bearer}, [("Set-Cookie", "sid=known; Path=/")])
        if request.headers.get("Authorization") != "Bearer " + self.bearer or self.cookie(request) != "known":
            return self.refuse(request, body, 401)
        if what == "create":
            ident, self.next_id = self.next_id, self.next_id + 1
            self.hosts[str(ident)] = json.loads(body)
            return self.answer(request, 201, {"id": ident})
        ident = path.rpartition("/")[2]
        if ident not in self.hosts:
            return self.refuse(request, body, 404)
        if what == "read":
            return self.answer(request, 200, self.hosts[ident])
        del self.hosts[ident]
        return self.answer(request, 200, {})

    @staticmethod
    def name_of(verb, path):
        names = {"GET /": "page", "POST /login": "login", "POST /hosts": "create", "GET /redirect": "redirect"}
        if verb + " " + path in names:
            return names[verb + " " + path]
        return "delete" if verb == "DELETE" else "read"
