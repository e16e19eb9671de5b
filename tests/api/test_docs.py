"""GET /api/docs and /api/openapi.yaml, on both ports: whole, and within the policy that forbids inline script and style."""
import html.parser
import re

import yaml
from api_case import ApiCase
from tc import PROJECT, Api


class Page(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.append((tag, dict(attributes)))


class Docs(ApiCase):
    def test_the_file(self):
        for base in ("API_URL", "WEB_URL"):
            answer = Api(self.rig, self.rig[base]).get("/api/openapi.yaml")
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/yaml; charset=utf-8"))
            self.assertTrue(answer.text == (PROJECT / "docs/openapi.yaml").read_text(), "another file than docs/openapi.yaml")
        answer = Api(self.rig, self.rig["API_URL"]).get("/api/openapi.yaml", headers={"Origin": "https://elsewhere.example"})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")

    def test_the_page_obeys_the_policy(self):
        for base in ("API_URL", "WEB_URL"):
            api = Api(self.rig, self.rig[base])
            for path in ("/api/docs", "/api/docs/", "/API/Docs", "/proxy/api/docs"):
                answer = api.get(path)
                self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"), (base, path))
            policy = answer.headers["Content-Security-Policy"]
            self.assertNotIn("unsafe", policy)
            self.assertIn("default-src 'none'", policy)
            page = Page(answer.text)
            self.assertFalse([t for t, _ in page.tags if t in ("script", "style", "iframe", "object")])
            self.assertFalse([a for _, attributes in page.tags for a in attributes if a == "style" or a.startswith("on")])
            sheet = next(a["href"] for t, a in page.tags if t == "link" and a["rel"] == "stylesheet")
            style = api.get(sheet)
            self.assertEqual((style.status, style.headers["Content-Type"]), (200, "text/css; charset=utf-8"))
            self.assertIn("light-dark(", style.text)
            self.assertIn("width=device-width", answer.text)

    def test_the_page_has_everything(self):
        text = Api(self.rig, self.rig["API_URL"]).get("/api/docs").text
        page = Page(text)
        ids = {a["id"] for _, a in page.tags if "id" in a}
        document = yaml.safe_load((PROJECT / "docs/openapi.yaml").read_text())
        for path, item in document["paths"].items():
            for method in set(item) & {"get", "post", "put", "patch", "delete"}:
                self.assertIn(re.sub(r"[^a-z0-9]+", "-", f"{method} {path}".lower()).strip("-"), ids)
        targets = {a["href"][1:] for t, a in page.tags if t == "a" and a["href"].startswith("#")}
        self.assertEqual(targets - ids, set())
        self.assertEqual(len(ids), sum("id" in a for _, a in page.tags))

    def test_only_reading(self):
        for path in ("/api/docs", "/api/docs.css", "/api/openapi.yaml"):
            answer = self.api.post(path)
            self.assert_problem(answer, 405, "MethodNotAllowed")
            self.assertEqual(answer.headers["Allow"], "GET, HEAD")
        self.assert_problem(self.api.get("/api/docs.js"), 404, "NotFound")
