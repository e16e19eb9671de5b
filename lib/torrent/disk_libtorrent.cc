// libtorrent's posix disk back-end, with what 2.0.8 has wrong mended; everything else is handed through.
//
// - It does not learn the file selection when a torrent is added, only when the selection changes. It would create
//   zero-byte files and symbolic links that nobody chose, and write neighbours' bytes into files of their own instead
//   of the part file.
// - It writes by stdio and does not look at what fclose() says, so that a full disk can lose the tail of a block
//   unnoticed, and it writes and hashes on the network's thread. What belongs into selected files is therefore written
//   and hashed by a disk_queue. It does the jobs in the order in which they come, but the posix back-end does its own
//   at once: before it may touch a torrent's files, the queue is settled.
// - When the last block of a piece cannot be written, the piece is hashed all the same, and that it ends too early
//   stops the torrent with a read error, on top of the upload mode that the failed write already led to.
#include "torrent/disk_queue.hh"
#include "torrent/engine_impl.hh"

#include <libtorrent/disk_interface.hpp>
#include <libtorrent/posix_disk_io.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace lt = libtorrent;

namespace
{

using lt::disk_job_flags_t;
using lt::file_index_t;
using lt::peer_request;
using lt::piece_index_t;
using lt::storage_error;
using lt::storage_index_t;
using priority_list = lt::aux::vector<lt::download_priority_t, file_index_t>;

constexpr std::chrono::seconds forget_after{30};

// What is to be known of a torrent to write its blocks and hash its pieces.
struct storage {
    const lt::file_storage &wire;  // as the torrent has them; libtorrent keeps it alive as long as the storage
    const lt::file_storage &files; // as they lie on disk
    std::string path;
    std::vector<std::shared_ptr<const tc::disk_file>> on_disk; // made when first written or hashed
    std::vector<lt::download_priority_t> priorities;
    tc::clock::time_point write_failed{};

    explicit storage(const lt::storage_params &p)
        : wire(p.files), files(p.mapped_files ? *p.mapped_files : p.files), path(p.path),
          on_disk(static_cast<std::size_t>(files.num_files()))
    {
    }

    bool is_selected(file_index_t i) const
    {
        const auto at = static_cast<std::size_t>(static_cast<int>(i));
        return at >= priorities.size() || priorities[at] != lt::dont_download;
    }

    tc::disk_slice on_queue(const lt::file_slice &slice)
    {
        auto &file = on_disk[static_cast<std::size_t>(static_cast<int>(slice.file_index))];
        if (!file && !files.pad_file_at(slice.file_index))
            file = std::make_shared<const tc::disk_file>(
                tc::disk_file{files.file_path(slice.file_index, path), slice.file_index});
        return {file, slice.offset, static_cast<int>(slice.size)};
    }
};

// A block on its way to several places; the last one to be done tells libtorrent.
struct block {
    int left = 1;
    storage_error error;
    std::function<void(const storage_error &)> handler;

    void done(const storage_error &one)
    {
        if (one && !error)
            error = one;
        if (--left == 0)
            handler(error);
    }
};

// libtorrent's one thread runs all of this, handlers too.
class selective_disk_io final : public lt::disk_interface
{
  public:
    selective_disk_io(lt::io_context &ios, std::unique_ptr<lt::disk_interface> inner)
        : ios_(ios), inner_(std::move(inner)), queue_(ios)
    {
    }

    lt::storage_holder new_torrent(const lt::storage_params &params, const std::shared_ptr<void> &torrent) override
    {
        // The holder reports to whom made it: its removal must come here, not to the inner one alone.
        lt::storage_holder inner = inner_->new_torrent(params, torrent);
        const storage_index_t index = inner;
        inner_holders_[index] = std::move(inner);
        storages_.insert_or_assign(index, std::make_shared<storage>(params));
        async_set_file_priority(index, params.priorities, [](const storage_error &, const priority_list &) {});
        return lt::storage_holder(index, *this);
    }

    void remove_torrent(storage_index_t index) override
    {
        queue_.settle();
        storages_.erase(index);
        inner_holders_.erase(index);
    }

    bool async_write(storage_index_t index, const peer_request &r, const char *data,
                     std::shared_ptr<lt::disk_observer> observer, std::function<void(const storage_error &)> handler,
                     disk_job_flags_t flags) override
    {
        const auto to = storages_.at(index);
        auto all = std::make_shared<block>();
        all->handler = std::move(handler);
        bool stop = false;
        int at = 0;
        for (const auto &slice : to->files.map_block(r.piece, r.start, r.length)) {
            const int size = static_cast<int>(slice.size);
            if (to->files.pad_file_at(slice.file_index)) {
                // padding is nowhere
            } else if (!to->is_selected(slice.file_index)) {
                ++all->left;
                stop |= inner_->async_write(
                    index, {r.piece, r.start + at, size}, data + at, observer,
                    [all](const storage_error &e) { all->done(e); }, flags);
            } else {
                ++all->left;
                stop |= queue_.write(to->on_queue(slice), data + at, observer, [all, to](const storage_error &e) {
                    if (e)
                        to->write_failed = tc::clock::now();
                    all->done(e);
                });
            }
            at += size;
        }
        post(ios_, [all] { all->done({}); });
        return stop;
    }

    void async_hash(storage_index_t index, piece_index_t piece, lt::span<lt::sha256_hash> v2, disk_job_flags_t flags,
                    std::function<void(piece_index_t, const lt::sha1_hash &, const storage_error &)> handler) override
    {
        const auto from = storages_.at(index);
        // The picker knows which block was not written, and that the piece is therefore not complete.
        auto done = [from, piece, handler = std::move(handler)](const lt::sha1_hash &v1, const storage_error &error) {
            const bool known =
                error.ec == lt::errors::file_too_short && tc::clock::now() - from->write_failed < forget_after;
            handler(piece, v1, known ? storage_error{} : error);
        };
        const bool want_v1 = static_cast<bool>(flags & lt::disk_interface::v1_hash);
        const int v2_size = v2.empty() ? 0 : from->wire.piece_size2(piece);
        const int size = std::max(want_v1 ? from->files.piece_size(piece) : 0, v2_size);
        const auto slices = from->files.map_block(piece, 0, size);
        const bool all_selected = std::all_of(slices.begin(), slices.end(), [&](const lt::file_slice &slice) {
            return from->files.pad_file_at(slice.file_index) || from->is_selected(slice.file_index);
        });
        if (!all_selected) { // some of it is in the part file
            queue_.settle();
            inner_->async_hash(index, piece, v2, flags,
                               [done = std::move(done)](piece_index_t, const lt::sha1_hash &v1,
                                                        const storage_error &error) { done(v1, error); });
            return;
        }
        tc::hash_job job{{}, want_v1, v2_size, v2, std::move(done)};
        for (const auto &slice : slices)
            job.from.push_back(from->on_queue(slice));
        queue_.hash(std::move(job));
    }

    void async_set_file_priority(storage_index_t index, priority_list priorities,
                                 std::function<void(const storage_error &, priority_list)> handler) override
    {
        queue_.settle();
        storages_.at(index)->priorities.assign(priorities.begin(), priorities.end());
        inner_->async_set_file_priority(index, std::move(priorities), std::move(handler));
    }

    void async_read(storage_index_t index, const peer_request &r,
                    std::function<void(lt::disk_buffer_holder, const storage_error &)> handler,
                    disk_job_flags_t flags) override
    {
        inner_->async_read(index, r, std::move(handler), flags);
    }

    void
    async_hash2(storage_index_t index, piece_index_t piece, int offset, disk_job_flags_t flags,
                std::function<void(piece_index_t, const lt::sha256_hash &, const storage_error &)> handler) override
    {
        queue_.settle();
        inner_->async_hash2(index, piece, offset, flags, std::move(handler));
    }

    void
    async_move_storage(storage_index_t index, std::string path, lt::move_flags_t flags,
                       std::function<void(lt::status_t, const std::string &, const storage_error &)> handler) override
    {
        queue_.settle();
        inner_->async_move_storage(index, std::move(path), flags, std::move(handler));
    }

    void async_release_files(storage_index_t index, std::function<void()> handler) override
    {
        queue_.settle();
        inner_->async_release_files(index, std::move(handler));
    }

    void async_check_files(storage_index_t index, const lt::add_torrent_params *resume,
                           lt::aux::vector<std::string, file_index_t> links,
                           std::function<void(lt::status_t, const storage_error &)> handler) override
    {
        queue_.settle();
        inner_->async_check_files(index, resume, std::move(links), std::move(handler));
    }

    void async_stop_torrent(storage_index_t index, std::function<void()> handler) override
    {
        queue_.settle();
        inner_->async_stop_torrent(index, std::move(handler));
    }

    void
    async_rename_file(storage_index_t index, file_index_t file, std::string name,
                      std::function<void(const std::string &, file_index_t, const storage_error &)> handler) override
    {
        queue_.settle();
        inner_->async_rename_file(index, file, std::move(name), std::move(handler));
    }

    void async_delete_files(storage_index_t index, lt::remove_flags_t options,
                            std::function<void(const storage_error &)> handler) override
    {
        queue_.settle();
        inner_->async_delete_files(index, options, std::move(handler));
    }

    void async_clear_piece(storage_index_t index, piece_index_t piece,
                           std::function<void(piece_index_t)> handler) override
    {
        queue_.settle();
        inner_->async_clear_piece(index, piece, std::move(handler));
    }

    void update_stats_counters(lt::counters &c) const override
    {
        inner_->update_stats_counters(c);
    }

    std::vector<lt::open_file_state> get_status(storage_index_t index) const override
    {
        return inner_->get_status(index);
    }

    void abort(bool wait) override
    {
        queue_.end();
        inner_->abort(wait);
    }

    void submit_jobs() override
    {
        inner_->submit_jobs();
    }

    void settings_updated() override
    {
        inner_->settings_updated();
    }

  private:
    lt::io_context &ios_;
    std::unique_ptr<lt::disk_interface> inner_;
    std::map<storage_index_t, lt::storage_holder> inner_holders_;
    std::map<storage_index_t, std::shared_ptr<storage>> storages_;
    tc::disk_queue queue_; // last: its threads end first
};

} // namespace

std::unique_ptr<lt::disk_interface> tc::make_disk_io(lt::io_context &ios, const lt::settings_interface &settings,
                                                     lt::counters &counters)
{
    return std::make_unique<selective_disk_io>(ios, lt::posix_disk_io_constructor(ios, settings, counters));
}
