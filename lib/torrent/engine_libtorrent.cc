// The engine's commands. What comes back from libtorrent is in engine_poll_libtorrent.cc.
#include "torrent/engine_impl.hh"

#include <libtorrent/ip_filter.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>

#include <algorithm>
#include <future>
#include <limits>
#include <thread>

namespace lt = libtorrent;

namespace
{

constexpr std::chrono::seconds stop_limit{5};

int to_rate(std::int64_t bytes_per_second)
{
    return static_cast<int>(std::min<std::int64_t>(bytes_per_second, std::numeric_limits<int>::max()));
}

lt::settings_pack make_settings(const struct engine_settings &s)
{
    lt::settings_pack p;
    p.set_str(lt::settings_pack::user_agent, s.user_agent ? s.user_agent : "TorrentClou");
    p.set_str(lt::settings_pack::listen_interfaces, s.listen);
    p.set_int(lt::settings_pack::alert_mask,
              static_cast<int>(static_cast<std::uint32_t>(lt::alert_category::error | lt::alert_category::status |
                                                          lt::alert_category::storage | lt::alert_category::tracker |
                                                          lt::alert_category::file_progress)));
    p.set_int(lt::settings_pack::alert_queue_size, 100000);
    p.set_bool(lt::settings_pack::enable_dht, s.dht);
    p.set_bool(lt::settings_pack::enable_lsd, s.lsd);
    p.set_bool(lt::settings_pack::enable_upnp, s.port_mapping);
    p.set_bool(lt::settings_pack::enable_natpmp, s.port_mapping);
    p.set_bool(lt::settings_pack::enable_incoming_utp, s.utp);
    p.set_bool(lt::settings_pack::enable_outgoing_utp, s.utp);
    p.set_bool(lt::settings_pack::allow_multiple_connections_per_ip, s.same_ip_peers);
    p.set_int(lt::settings_pack::connections_limit, s.connections);
    p.set_int(lt::settings_pack::connection_speed, 100);
    p.set_int(lt::settings_pack::download_rate_limit, to_rate(s.download_limit));
    p.set_int(lt::settings_pack::upload_rate_limit, to_rate(s.upload_limit));
    p.set_bool(lt::settings_pack::announce_to_all_tiers, true);
    p.set_bool(lt::settings_pack::ssrf_mitigation, true);
    p.set_int(lt::settings_pack::stop_tracker_timeout, 1);
    return p;
}

// By default libtorrent exempts peers on local networks from the rate limits; whoever sets a limit means all of them.
lt::ip_filter limit_everybody()
{
    const std::uint32_t global = 1u << static_cast<std::uint32_t>(lt::session::global_peer_class_id);
    lt::ip_filter filter;
    filter.add_rule(lt::make_address_v4("0.0.0.0"), lt::make_address_v4("255.255.255.255"), global);
    filter.add_rule(lt::make_address_v6("::"), lt::make_address_v6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), global);
    return filter;
}

int select_files(const struct engine_source &s, tc::torrent &t, lt::add_torrent_params &p, struct err *e)
{
    const auto &fs = t.info->files();
    p.file_priorities.assign(static_cast<std::size_t>(fs.num_files()), lt::dont_download);
    for (std::size_t i = 0; i < s.selected_count; ++i) {
        if (s.selected[i] >= static_cast<std::uint32_t>(fs.num_files()) ||
            !tc::is_visible(fs, lt::file_index_t{static_cast<int>(s.selected[i])}))
            return err_set(e, ERR_INPUT, "InvalidFileSelection", "The torrent has no file number %u.", s.selected[i]);
        p.file_priorities[s.selected[i]] = lt::default_priority;
    }
    for (const auto i : fs.file_range()) {
        if (p.file_priorities[static_cast<std::size_t>(static_cast<int>(i))] == lt::dont_download)
            continue;
        tc::wanted_file file{};
        file.index = i;
        file.first = file.end = fs.piece_index_at_file(i);
        if (fs.file_size(i) > 0) {
            const std::int64_t last = (fs.file_offset(i) + fs.file_size(i) - 1) / fs.piece_length();
            file.end = lt::piece_index_t{static_cast<int>(last) + 1};
        }
        file.scan = file.first;
        t.wanted.push_back(file);
        t.total_bytes += fs.file_size(i);
    }
    if (t.wanted.empty())
        return err_set(e, ERR_INPUT, "InvalidFileSelection", "No file is selected.");
    return 0;
}

bool same_hash(const lt::info_hash_t &a, const lt::info_hash_t &b)
{
    return (a.has_v1() && b.has_v1() && a.v1 == b.v1) || (a.has_v2() && b.has_v2() && a.v2 == b.v2);
}

int add(engine &g, const struct engine_source &s, struct err *e)
{
    auto info = tc::load_torrent(s.metainfo, s.metainfo_len, e);
    if (!info)
        return -1;
    auto t = std::make_unique<tc::torrent>();
    t->key = s.key;
    t->info = info;
    t->hashes = info->info_hashes();
    t->save_path = s.save_path;
    for (const auto &[key, other] : g.torrents)
        if (key == s.key || same_hash(other->hashes, t->hashes))
            return err_set(e, ERR_CONFLICT, "SameTorrent", "Job %lld transfers the same torrent.",
                           static_cast<long long>(key));
    lt::add_torrent_params p;
    if (select_files(s, *t, p, e) != 0)
        return -1;
    if (s.resume && s.resume_len)
        tc::unpack_resume(*t, {static_cast<const char *>(s.resume), static_cast<std::ptrdiff_t>(s.resume_len)}, p);
    p.ti = info;
    p.save_path = t->save_path;
    p.storage_mode = lt::storage_mode_sparse;
    p.flags = lt::torrent_flags::update_subscribe | lt::torrent_flags::apply_ip_filter |
              lt::torrent_flags::need_save_resume | lt::torrent_flags::duplicate_is_error;
    if (s.paused)
        p.flags |= lt::torrent_flags::paused;
    t->ticket = ++g.last_ticket;
    p.userdata = lt::client_data_t{reinterpret_cast<tc::ticket_tag *>(t->ticket)};
    t->handle = g.session->add_torrent(std::move(p));
    t->status.state = lt::torrent_status::checking_resume_data;
    g.tickets.emplace(t->ticket, t.get());
    g.torrents.emplace(s.key, std::move(t));
    g.ask_again = true;
    return 0;
}

} // namespace

tc::torrent *engine::find(std::int64_t key)
{
    const auto it = torrents.find(key);
    return it == torrents.end() ? nullptr : it->second.get();
}

tc::torrent *engine::find(const lt::torrent_handle &handle)
{
    if (!handle.is_valid())
        return nullptr;
    const auto it = tickets.find(reinterpret_cast<std::uintptr_t>(handle.userdata().get<tc::ticket_tag>()));
    return it == tickets.end() ? nullptr : it->second;
}

void engine::forget(tc::torrent &t)
{
    tickets.erase(t.ticket);
    torrents.erase(t.key);
}

struct engine *engine_new(const struct engine_settings *s, struct err *e)
{
    try {
        lt::session_params params;
        params.settings = make_settings(*s);
        params.disk_io_constructor = tc::make_disk_io;
        auto g = std::make_unique<engine>();
        g->session = std::make_unique<lt::session>(std::move(params));
        g->ahead = s->ahead;
        g->session->set_peer_class_filter(limit_everybody());
        return g.release();
    } catch (...) {
        tc::err_from_exception(e, "starting the BitTorrent session");
        return nullptr;
    }
}

void engine_free(struct engine *g)
{
    if (!g)
        return;
    try {
        // The destructor waits for libtorrent's thread, which may hang in a write to a dead disk.
        auto stopped = std::make_shared<std::promise<void>>();
        auto future = stopped->get_future();
        std::thread([stopped, session = g->session.release()] {
            delete session;
            stopped->set_value();
        }).detach();
        future.wait_for(stop_limit);
    } catch (...) {
        // No thread could be had: the session ends with the process.
    }
    delete g;
}

int engine_listen_port(struct engine *g)
{
    try {
        return g->session->listen_port();
    } catch (...) {
        return 0;
    }
}

int engine_add(struct engine *g, const struct engine_source *s, struct err *e)
{
    try {
        return add(*g, *s, e);
    } catch (...) {
        return tc::err_from_exception(e, "adding the torrent");
    }
}

int engine_remove(struct engine *g, int64_t key, bool delete_files, struct err *e)
{
    return tc::on_torrent(g, key, "removing the torrent", e, [&](tc::torrent &t) {
        t.removing = true;
        t.deleting = delete_files;
        g->session->remove_torrent(t.handle, delete_files ? lt::session::delete_files : lt::remove_flags_t{});
        return 0;
    });
}

bool engine_has(struct engine *g, int64_t key)
{
    return g->find(key) != nullptr;
}

int engine_pause(struct engine *g, int64_t key, struct err *e)
{
    return tc::on_torrent(g, key, "pausing", e, [&](tc::torrent &t) {
        t.handle.pause();
        g->ask_again = true;
        return 0;
    });
}

int engine_resume(struct engine *g, int64_t key, struct err *e)
{
    return tc::on_torrent(g, key, "resuming", e, [&](tc::torrent &t) {
        t.handle.clear_error();
        t.handle.resume();
        g->ask_again = true;
        return 0;
    });
}

int engine_set_download(struct engine *g, int64_t key, bool on, struct err *e)
{
    return tc::on_torrent(g, key, "switching the download", e, [&](tc::torrent &t) {
        if (on)
            t.handle.unset_flags(lt::torrent_flags::upload_mode);
        else
            t.handle.set_flags(lt::torrent_flags::upload_mode);
        g->ask_again = true;
        return 0;
    });
}

int engine_recheck(struct engine *g, int64_t key, struct err *e)
{
    return tc::on_torrent(g, key, "checking again", e, [&](tc::torrent &t) {
        t.recheck();
        return 0;
    });
}

int engine_reannounce(struct engine *g, int64_t key, struct err *e)
{
    return tc::on_torrent(g, key, "announcing", e, [](tc::torrent &t) {
        t.handle.force_reannounce();
        if (!t.info->priv())
            t.handle.force_dht_announce();
        return 0;
    });
}

int engine_connect_peer(struct engine *g, int64_t key, const char *ip, int port, struct err *e)
{
    return tc::on_torrent(g, key, "connecting a peer", e, [&](tc::torrent &t) {
        t.handle.connect_peer({lt::make_address(ip), static_cast<std::uint16_t>(port)});
        return 0;
    });
}

int engine_save_resume(struct engine *g, int64_t key, struct err *e)
{
    return tc::on_torrent(g, key, "saving resume data", e, [](tc::torrent &t) {
        t.handle.save_resume_data(lt::torrent_handle::flush_disk_cache);
        return 0;
    });
}
