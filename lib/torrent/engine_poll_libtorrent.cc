// What comes out of the session: alerts and the piece map become events and status.
#include "torrent/engine_impl.hh"

#include <libtorrent/alert_types.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace lt = libtorrent;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace
{

constexpr milliseconds ask_every{1000}; // the piece map, from all torrents that changed
constexpr milliseconds ask_soon{50};    // after something that makes a file ready
constexpr seconds sweep_every{15};      // each torrent itself, in case an alert was lost
constexpr seconds disk_told_every{5};
constexpr int rank_last = 3; // whose priority is libtorrent's default

tc::event &push(engine &g, engine_event_type type, const tc::torrent *t)
{
    g.events.emplace_back();
    g.events.back().type = type;
    g.events.back().key = t ? t->key : 0;
    return g.events.back();
}

bool is_full(const lt::error_code &ec)
{
    return ec == boost::system::errc::no_space_on_device || ec == boost::system::errc::file_too_large ||
           (ec.category() == boost::system::generic_category() && ec.value() == EDQUOT);
}

void set_disk_error(struct err *e, const lt::error_code &ec, const char *file)
{
    const char *slash = std::strrchr(file, '/');
    err_set(e, ERR_DISK, is_full(ec) ? "DiskFull" : "DiskError", "Access to \"%s\" failed: %s.",
            slash ? slash + 1 : file, ec.message().c_str());
}

// All pieces of the file have passed. Is it on disk as it should be? If not, libtorrent believes something that is no
// longer so (somebody deleted or cut the file): it has to look again.
bool settle(engine &g, tc::torrent &t, const tc::wanted_file &file)
{
    const auto size = t.info->files().file_size(file.index);
    const std::string path = t.info->files().file_path(file.index, t.save_path);
    struct stat st;
    const bool there = ::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
    // libtorrent leaves a longer file that it found as long as it is.
    if (there && (st.st_size == size || (st.st_size > size && ::truncate(path.c_str(), size) == 0)))
        return true;
    auto &out = push(g, ENGINE_DISK_FAILED, &t);
    err_set(&out.err, ERR_DISK, "DiskError", "\"%s\" is not on disk as it was written; checking everything again.",
            t.info->files().file_path(file.index).c_str());
    t.recheck();
    return false;
}

void look_for_ready(engine &g, tc::torrent &t)
{
    const auto &pieces = t.status.pieces;
    for (auto &file : t.wanted) {
        if (file.ready)
            continue;
        while (file.scan < file.end && file.scan < pieces.end_index() && pieces[file.scan])
            ++file.scan;
        if (file.scan < file.end)
            continue;
        if (!settle(g, t, file))
            return;
        file.ready = true;
        ++t.ready_count;
        push(g, ENGINE_FILE_READY, &t).file = static_cast<std::uint32_t>(static_cast<int>(file.index));
    }
    if (t.ready_count == t.wanted.size() && !t.done_told) {
        t.done_told = true;
        push(g, ENGINE_ALL_READY, &t);
    }
}

// How soon a file is wanted that has so many unfinished bytes before it.
int rank_of(std::int64_t before, std::int64_t ahead)
{
    int rank = 0;
    for (std::int64_t end = ahead; rank < rank_last && before >= end; end += ahead << rank)
        ++rank;
    return rank;
}

// The next files first. libtorrent weighs a piece's priority with its availability: the highest counts four times as
// much as the default.
void put_in_order(const engine &g, tc::torrent &t)
{
    std::int64_t before = 0;
    lt::piece_index_t shared{0}; // below it a piece belongs to an earlier file, too, and is wanted as soon as that
    std::vector<std::pair<lt::piece_index_t, lt::download_priority_t>> changed;
    for (auto &file : t.wanted) {
        if (file.ready)
            continue;
        const int rank = rank_of(before, g.ahead);
        const auto priority = static_cast<std::uint8_t>(static_cast<std::uint8_t>(lt::top_priority) - rank);
        if (rank != file.rank)
            for (auto piece = std::max(file.scan, shared); piece < file.end; ++piece)
                changed.emplace_back(piece, lt::download_priority_t{priority});
        file.rank = rank;
        before += t.info->files().file_size(file.index);
        shared = std::max(shared, file.end);
    }
    if (!changed.empty())
        t.handle.prioritize_pieces(changed);
}

void take_status(engine &g, tc::torrent &t, const lt::torrent_status &status)
{
    t.status = status;
    t.done_known = false;
    if (t.removing)
        return;
    switch (status.state) {
    case lt::torrent_status::downloading:
    case lt::torrent_status::finished:
    case lt::torrent_status::seeding:
        if (!t.checked_told) {
            t.checked_told = true;
            push(g, ENGINE_CHECKED, &t);
        }
        look_for_ready(g, t);
        if (g.ahead > 0)
            put_in_order(g, t);
        break;
    default: // being checked: the map counts only once that is over
        for (auto &file : t.wanted)
            file.scan = file.first;
        break;
    }
}

void removed(engine &g, tc::torrent &t)
{
    // The alert comes before libtorrent lets go of the files; a question that its thread answers comes after.
    g.session->is_listening();
    push(g, ENGINE_REMOVED, &t);
    g.forget(t);
}

// A deleted torrent has no handle any more.
void deleted(engine &g, const lt::info_hash_t &hashes)
{
    for (const auto &[key, t] : g.torrents) {
        if (t->deleting && t->hashes == hashes) {
            removed(g, *t);
            return;
        }
    }
}

// Each torrent itself, not what alerts say of it.
void sweep(engine &g)
{
    std::vector<tc::torrent *> gone;
    for (const auto &[key, t] : g.torrents) {
        if (!t->handle.is_valid()) {
            gone.push_back(t.get());
            continue;
        }
        if (!t->removing && !t->done_told)
            take_status(g, *t, t->handle.status(lt::torrent_handle::query_pieces));
    }
    for (auto *t : gone)
        removed(g, *t);
    g.swept = tc::clock::now();
}

void take_disk_error(engine &g, tc::torrent &t, const lt::file_error_alert &a)
{
    const auto now = tc::clock::now();
    if (t.disk_told != tc::clock::time_point{} && now - t.disk_told < disk_told_every)
        return;
    t.disk_told = now;
    set_disk_error(&push(g, ENGINE_DISK_FAILED, &t).err, a.error, a.filename());
}

void take_torrent_error(engine &g, tc::torrent &t, const lt::torrent_error_alert &a)
{
    auto &out = push(g, ENGINE_TORRENT_FAILED, &t);
    if (a.error.category() == boost::system::generic_category() ||
        a.error.category() == boost::system::system_category() || a.error == lt::errors::file_too_short)
        set_disk_error(&out.err, a.error, a.filename());
    else
        err_set(&out.err, ERR_REMOTE, "TorrentFailed", "BitTorrent stopped: %s.", a.error.message().c_str());
}

void take_tracker_error(engine &g, tc::torrent &t, const lt::tracker_error_alert &a)
{
    auto &out = push(g, ENGINE_TRACKER, &t);
    out.bytes = tc::tracker_host(a.tracker_url()) + ": ";
    out.bytes += *a.failure_reason() ? a.failure_reason() : a.error.message().c_str();
}

void take_resume_failure(engine &g, tc::torrent &t, const lt::save_resume_data_failed_alert &a)
{
    err_set(&push(g, ENGINE_RESUME_FAILED, &t).err, ERR_DISK, "ResumeFailed", "No resume data: %s.",
            a.error.message().c_str());
}

void take_alert_of(engine &g, tc::torrent &t, lt::alert *a)
{
    switch (a->type()) {
    case lt::file_completed_alert::alert_type:
    case lt::torrent_finished_alert::alert_type:
    case lt::torrent_checked_alert::alert_type:
    case lt::state_changed_alert::alert_type:
        g.ask_again = true;
        break;
    case lt::torrent_removed_alert::alert_type:
        if (!t.deleting)
            removed(g, t);
        break;
    case lt::save_resume_data_alert::alert_type:
        push(g, ENGINE_RESUME_DATA, &t).bytes =
            tc::pack_resume(t, static_cast<lt::save_resume_data_alert *>(a)->params);
        break;
    case lt::save_resume_data_failed_alert::alert_type:
        take_resume_failure(g, t, *static_cast<lt::save_resume_data_failed_alert *>(a));
        break;
    case lt::file_error_alert::alert_type:
        take_disk_error(g, t, *static_cast<lt::file_error_alert *>(a));
        break;
    case lt::torrent_error_alert::alert_type:
        take_torrent_error(g, t, *static_cast<lt::torrent_error_alert *>(a));
        break;
    case lt::tracker_error_alert::alert_type:
        take_tracker_error(g, t, *static_cast<lt::tracker_error_alert *>(a));
        break;
    default:
        break;
    }
}

void take_alert(engine &g, lt::alert *a)
{
    if (auto *updates = lt::alert_cast<lt::state_update_alert>(a)) {
        for (const auto &status : updates->status)
            if (auto *t = g.find(status.handle); t && a->timestamp() >= t->not_before)
                take_status(g, *t, status);
    } else if (lt::alert_cast<lt::alerts_dropped_alert>(a)) {
        g.swept = {};
    } else if (auto *listen = lt::alert_cast<lt::listen_failed_alert>(a)) {
        push(g, ENGINE_LISTEN_FAILED, nullptr).bytes = listen->message();
    } else if (auto *gone = lt::alert_cast<lt::torrent_deleted_alert>(a)) {
        deleted(g, gone->info_hashes);
    } else if (auto *kept = lt::alert_cast<lt::torrent_delete_failed_alert>(a)) {
        deleted(g, kept->info_hashes);
    } else if (auto *of = dynamic_cast<lt::torrent_alert *>(a)) {
        if (auto *t = g.find(of->handle))
            take_alert_of(g, *t, a);
    }
}

// One turn: ask, wait, take what is there.
void turn(engine &g, milliseconds wait)
{
    const auto now = tc::clock::now();
    const auto due = g.asked + (g.ask_again ? ask_soon : ask_every);
    if (now >= due) {
        g.session->post_torrent_updates(lt::torrent_handle::query_pieces);
        g.asked = now;
        g.ask_again = false;
    } else {
        wait = std::min(wait, std::chrono::ceil<milliseconds>(due - now));
    }
    if (now - g.swept >= sweep_every)
        sweep(g);
    if (!g.events.empty())
        wait = milliseconds{0};
    g.session->wait_for_alert(wait);
    std::vector<lt::alert *> alerts;
    g.session->pop_alerts(&alerts);
    for (auto *a : alerts)
        take_alert(g, a);
}

int copy_events(engine &g, struct arena *arena, struct engine_event **out)
{
    const std::size_t n = g.events.size();
    *out = ARENA_ARRAY(arena, n + 1, struct engine_event);
    for (std::size_t i = 0; i < n; ++i) {
        const tc::event &from = g.events[i];
        struct engine_event *to = &(*out)[i];
        to->type = from.type;
        to->key = from.key;
        to->file = from.file;
        to->text = to->type == ENGINE_RESUME_DATA ? "" : arena_strndup(arena, from.bytes.data(), from.bytes.size());
        to->data =
            to->type == ENGINE_RESUME_DATA ? arena_strndup(arena, from.bytes.data(), from.bytes.size()) : nullptr;
        to->len = from.bytes.size();
        to->err = from.err;
    }
    g.events.clear();
    return static_cast<int>(n);
}

} // namespace

int engine_poll(struct engine *g, int timeout_ms, struct arena *arena, struct engine_event **out, struct err *e)
{
    try {
        const auto end = tc::clock::now() + milliseconds{timeout_ms};
        do {
            const auto left = std::chrono::ceil<milliseconds>(end - tc::clock::now());
            turn(*g, std::max(left, milliseconds{0}));
        } while (g->events.empty() && tc::clock::now() < end);
        return copy_events(*g, arena, out);
    } catch (...) {
        return tc::err_from_exception(e, "polling the BitTorrent session");
    }
}
