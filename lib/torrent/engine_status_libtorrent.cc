// What can be asked of a torrent.
#include "torrent/engine_impl.hh"

#include <libtorrent/announce_entry.hpp>

#include <algorithm>

namespace lt = libtorrent;

namespace
{

enum engine_state state_of(const tc::torrent &t)
{
    if (t.status.errc)
        return ENGINE_FAILED;
    if (t.done_told)
        return ENGINE_DONE;
    if (t.status.flags & lt::torrent_flags::paused)
        return ENGINE_PAUSED;
    switch (t.status.state) {
    case lt::torrent_status::checking_files:
    case lt::torrent_status::checking_resume_data:
        return ENGINE_CHECKING;
    default:
        return ENGINE_DOWNLOADING;
    }
}

// Asked of libtorrent's busy thread, so not more often than the rest of the status comes.
std::int64_t done_bytes(tc::torrent &t)
{
    if (t.done_told)
        return t.total_bytes;
    if (t.done_known)
        return t.done_bytes;
    const auto progress = t.handle.file_progress();
    t.done_bytes = 0;
    for (const auto &file : t.wanted) {
        const auto i = static_cast<std::size_t>(static_cast<int>(file.index));
        if (i < progress.size())
            t.done_bytes += progress[i];
    }
    t.done_known = true;
    return t.done_bytes;
}

// The first failure of an announce, else that one has worked.
void read_tracker(const lt::announce_entry &entry, struct engine_tracker *out, std::string &message)
{
    for (const auto &endpoint : entry.endpoints) {
        for (const auto &announce : endpoint.info_hashes) {
            if (announce.last_error && message.empty())
                message = announce.message.empty() ? announce.last_error.message() : announce.message;
            if (!announce.last_error && announce.start_sent)
                out->working = true;
        }
    }
}

} // namespace

std::string tc::tracker_host(const std::string &url)
{
    const std::size_t scheme = url.find("://");
    const std::size_t from = scheme == std::string::npos ? 0 : scheme + 3;
    std::string host = url.substr(from, url.find_first_of("/?#", from) - from);
    return host.substr(host.rfind('@') == std::string::npos ? 0 : host.rfind('@') + 1);
}

int engine_get_status(struct engine *g, int64_t key, struct engine_status *out, struct err *e)
{
    return tc::on_torrent(g, key, "reading the status", e, [&](tc::torrent &t) {
        const auto &s = t.status;
        *out = {};
        out->state = state_of(t);
        out->can_write = !(s.flags & lt::torrent_flags::upload_mode);
        out->total_bytes = t.total_bytes;
        out->done_bytes = done_bytes(t);
        out->down_rate = s.download_payload_rate;
        out->up_rate = s.upload_payload_rate;
        out->received_bytes = s.total_payload_download;
        out->peers = s.num_peers;
        out->seeds = s.num_seeds;
        out->swarm_peers = s.num_incomplete;
        out->swarm_seeds = s.num_complete;
        out->files_ready = t.ready_count;
        out->files = t.wanted.size();
        out->check_percent = s.progress_ppm / 10000;
        return 0;
    });
}

int engine_get_progress(struct engine *g, int64_t key, int64_t *bytes, size_t n, struct err *e)
{
    return tc::on_torrent(g, key, "reading the progress", e, [&](tc::torrent &t) {
        const auto progress = t.handle.file_progress();
        for (std::size_t i = 0; i < n; ++i)
            bytes[i] = i < progress.size() ? progress[i] : 0;
        return 0;
    });
}

int engine_get_trackers(struct engine *g, int64_t key, struct arena *arena, struct engine_tracker **out, struct err *e)
{
    return tc::on_torrent(g, key, "reading the trackers", e, [&](tc::torrent &t) {
        const auto entries = t.handle.trackers();
        *out = ARENA_ARRAY(arena, entries.size() + 1, struct engine_tracker);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            struct engine_tracker *to = &(*out)[i];
            std::string message;
            const std::string host = tc::tracker_host(entries[i].url);
            read_tracker(entries[i], to, message);
            to->host = arena_strndup(arena, host.data(), host.size());
            to->tier = entries[i].tier;
            to->message = arena_strndup(arena, message.data(), message.size());
        }
        return static_cast<int>(entries.size());
    });
}
