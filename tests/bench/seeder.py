"""seeder.py TORRENT FOLDER [RATE]: seed on loopback until SIGTERM, RATE bytes per second at most. Writes "seeding" when it has announced itself; a line
"connect PORT" on stdin makes it connect to that client. TCP only (uTP stalls on loopback), a slot for everybody."""
import select
import sys
import time

import libtorrent as lt

session = lt.session({
    "listen_interfaces": "127.0.0.1:0", "enable_outgoing_utp": False, "enable_incoming_utp": False,
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "allow_multiple_connections_per_ip": True, "unchoke_slots_limit": -1, "user_agent": "bench-seeder",
    "alert_mask": lt.alert.category_t.tracker_notification | lt.alert.category_t.status_notification,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(sys.argv[1])
params.save_path = sys.argv[2]
params.flags |= lt.torrent_flags.seed_mode
params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
torrent = session.add_torrent(params)
if len(sys.argv) > 3:
    torrent.set_upload_limit(int(sys.argv[3]) or -1)
deadline = time.monotonic() + 60
announced = False
while not announced:
    if time.monotonic() > deadline:
        sys.exit("the tracker did not answer")
    session.wait_for_alert(500)
    announced = any(isinstance(a, lt.tracker_reply_alert) for a in session.pop_alerts())
print("seeding", flush=True)
while True:
    if select.select([sys.stdin], [], [], 5)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        torrent.connect_peer(("127.0.0.1", int(line.split()[1])))
    session.pop_alerts()
