#!/usr/bin/python3
"""seeder.py CONTROL_PORT: a libtorrent seeder on loopback for tests that need bytes soon: it unchokes a peer at once, where
transmission (rig.transmission, for the tests of a real client) lets it wait ten seconds and more. TCP only: uTP stalls on
loopback. Commands are JSON by POST: {"do": "add", "metainfo": base64, "folder": …, "files": [path of each file]},
{"do": "remove", "infohash"}, {"do": "limit", "rate": bytes/s}, {"do": "rate"}, {"do": "port"}."""
import base64
import http.server
import json
import sys
import time

import libtorrent as lt

session = lt.session({
    "listen_interfaces": "127.0.0.1:0", "enable_outgoing_utp": False, "enable_incoming_utp": False,
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "allow_multiple_connections_per_ip": True, "unchoke_slots_limit": -1, "user_agent": "rig-seeder",
    "alert_mask": lt.alert.category_t.tracker_notification | lt.alert.category_t.status_notification,
})
everybody = lt.ip_filter()
everybody.add_rule("0.0.0.0", "255.255.255.255", 1 << lt.session.global_peer_class_id)
session.set_peer_class_filter(everybody)  # limits are for peers on loopback, too
torrents: dict[str, lt.torrent_handle] = {}


def add(order: dict) -> dict:
    """Until it has announced itself."""
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(lt.bdecode(base64.b64decode(order["metainfo"])))
    for index, path in enumerate(order["files"]):
        params.ti.rename_file(index, path)
    params.save_path = order["folder"]
    params.flags |= lt.torrent_flags.seed_mode
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    handle = session.add_torrent(params)
    key = str(params.ti.info_hash())
    torrents[key] = handle
    end = time.monotonic() + 60
    asked = time.monotonic()
    while time.monotonic() < end:
        if any(t["verified"] for t in handle.trackers()):
            return {}
        if time.monotonic() - asked > 1:
            handle.force_reannounce()
            asked = time.monotonic()
        time.sleep(0.1)
    return {"error": f"{key}: no tracker has answered"}


def remove(order: dict) -> dict:
    session.remove_torrent(torrents.pop(order["infohash"]))
    return {}


def limit(order: dict) -> dict:
    session.apply_settings({"upload_rate_limit": order["rate"]})
    return {}


def rate(_order: dict) -> dict:
    """Of one second: libtorrent's own figure fades for a minute."""
    def total() -> int:
        return sum(t.status().total_payload_upload for t in torrents.values())

    before = total()
    time.sleep(1)
    return {"rate": total() - before}


def port(_order: dict) -> dict:
    """The one that peers reach."""
    return {"port": session.listen_port()}


class Control(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"add": add, "remove": remove, "limit": limit, "rate": rate, "port": port}[order.pop("do")](order)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Control).serve_forever()
