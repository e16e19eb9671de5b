// The engine's inside, shared by engine_libtorrent.cc (commands) and engine_poll_libtorrent.cc (what comes out).
#pragma once

#include "torrent/cxx.hh"

#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/client_data.hpp>
#include <libtorrent/disk_interface.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_status.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tc
{

namespace lt = libtorrent;
using clock = std::chrono::steady_clock;

// A selected file on its way to READY. Pieces never go from "have" back to "missing" but by a recheck, so the scan goes
// on where it stopped.
struct wanted_file {
    lt::file_index_t index;
    lt::piece_index_t first, end; // the last one is end - 1; equal for an empty file
    lt::piece_index_t scan;       // the next to look at
    bool ready = false;
    int rank = 3; // how soon it is wanted (put_in_order): 0 first, 3 with all the rest
};

struct torrent {
    std::int64_t key = 0;
    std::uintptr_t ticket = 0; // what libtorrent's alerts carry; never used twice, so a late alert finds nothing
    lt::torrent_handle handle;
    std::shared_ptr<const lt::torrent_info> info;
    lt::info_hash_t hashes;
    std::string save_path;
    std::vector<wanted_file> wanted;
    std::size_t ready_count = 0;
    std::int64_t total_bytes = 0;
    lt::torrent_status status; // the last one seen
    std::int64_t done_bytes = 0;
    bool done_known = false; // since that status
    bool checked_told = false, done_told = false, removing = false, deleting = false;
    clock::time_point disk_told{};

    lt::time_point not_before{}; // what alerts said of the pieces before this is no longer so

    // Read and hash everything again: nothing that was READY is so any more.
    void recheck()
    {
        handle.force_recheck();
        status = handle.status({}); // answered after the recheck has begun
        not_before = lt::clock_type::now();
        for (auto &file : wanted) {
            file.scan = file.first;
            file.ready = false;
        }
        ready_count = 0;
        checked_told = done_told = false;
    }
};

// An event before it is copied into the caller's arena.
struct event {
    engine_event_type type;
    std::int64_t key = 0;
    std::uint32_t file = 0;
    std::string bytes;
    struct err err = {};
};

// Type of the pointer-sized ticket that client_data_t wants; never an object.
struct ticket_tag;

// What resume data carries besides libtorrent's own: see engine_add() in engine.h.
std::string pack_resume(const torrent &t, const lt::add_torrent_params &params);
// Take over from `bytes` what can be believed; `params` then has the piece map that libtorrent starts from.
void unpack_resume(const torrent &t, lt::span<const char> bytes, lt::add_torrent_params &params);

// The disk back-end, for session_params.
std::unique_ptr<lt::disk_interface> make_disk_io(lt::io_context &ios, const lt::settings_interface &settings,
                                                 lt::counters &counters);

// The scheme and path of a tracker's URL may hold a passkey: only the host is shown.
std::string tracker_host(const std::string &url);

} // namespace tc

struct engine {
    std::unique_ptr<libtorrent::session> session;
    std::map<std::int64_t, std::unique_ptr<tc::torrent>> torrents;
    std::unordered_map<std::uintptr_t, tc::torrent *> tickets;
    std::uintptr_t last_ticket = 0;
    std::int64_t ahead = 0; // engine_settings
    std::deque<tc::event> events;
    tc::clock::time_point asked{}, swept{};
    bool ask_again = false;

    tc::torrent *find(std::int64_t key);
    tc::torrent *find(const libtorrent::torrent_handle &handle);
    void forget(tc::torrent &t);
};

namespace tc
{

// Every call on one torrent: find it, act, let no exception out. `act` returns what the call returns.
template <class F> int on_torrent(engine *g, std::int64_t key, const char *what, struct err *e, F act)
{
    try {
        torrent *t = g->find(key);
        if (!t || t->removing)
            return err_set(e, ERR_NOT_FOUND, "NoSuchTorrent", "Job %lld is not in the session.",
                           static_cast<long long>(key));
        return act(*t);
    } catch (...) {
        return err_from_exception(e, what);
    }
}

} // namespace tc
