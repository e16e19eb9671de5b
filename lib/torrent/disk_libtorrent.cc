// libtorrent's posix disk back-end, with one thing mended: in 2.0.8 it does not learn the file selection when a torrent
// is added, only when the selection changes. It would create zero-byte files and symbolic links that nobody chose, and
// write neighbours' bytes into files of their own instead of the part file. Everything else is handed through.
#include "torrent/engine_impl.hh"

#include <libtorrent/disk_interface.hpp>
#include <libtorrent/posix_disk_io.hpp>

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

class selective_disk_io final : public lt::disk_interface
{
  public:
    explicit selective_disk_io(std::unique_ptr<lt::disk_interface> inner) : inner_(std::move(inner))
    {
    }

    lt::storage_holder new_torrent(const lt::storage_params &params, const std::shared_ptr<void> &torrent) override
    {
        lt::storage_holder holder = inner_->new_torrent(params, torrent);
        inner_->async_set_file_priority(
            holder, params.priorities,
            [](const storage_error &, lt::aux::vector<lt::download_priority_t, file_index_t>) {});
        return holder;
    }

    void remove_torrent(storage_index_t storage) override
    {
        inner_->remove_torrent(storage);
    }

    void async_read(storage_index_t storage, const peer_request &r,
                    std::function<void(lt::disk_buffer_holder, const storage_error &)> handler,
                    disk_job_flags_t flags) override
    {
        inner_->async_read(storage, r, std::move(handler), flags);
    }

    bool async_write(storage_index_t storage, const peer_request &r, const char *data,
                     std::shared_ptr<lt::disk_observer> observer, std::function<void(const storage_error &)> handler,
                     disk_job_flags_t flags) override
    {
        return inner_->async_write(storage, r, data, std::move(observer), std::move(handler), flags);
    }

    void async_hash(storage_index_t storage, piece_index_t piece, lt::span<lt::sha256_hash> v2, disk_job_flags_t flags,
                    std::function<void(piece_index_t, const lt::sha1_hash &, const storage_error &)> handler) override
    {
        inner_->async_hash(storage, piece, v2, flags, std::move(handler));
    }

    void
    async_hash2(storage_index_t storage, piece_index_t piece, int offset, disk_job_flags_t flags,
                std::function<void(piece_index_t, const lt::sha256_hash &, const storage_error &)> handler) override
    {
        inner_->async_hash2(storage, piece, offset, flags, std::move(handler));
    }

    void
    async_move_storage(storage_index_t storage, std::string path, lt::move_flags_t flags,
                       std::function<void(lt::status_t, const std::string &, const storage_error &)> handler) override
    {
        inner_->async_move_storage(storage, std::move(path), flags, std::move(handler));
    }

    void async_release_files(storage_index_t storage, std::function<void()> handler) override
    {
        inner_->async_release_files(storage, std::move(handler));
    }

    void async_check_files(storage_index_t storage, const lt::add_torrent_params *resume,
                           lt::aux::vector<std::string, file_index_t> links,
                           std::function<void(lt::status_t, const storage_error &)> handler) override
    {
        inner_->async_check_files(storage, resume, std::move(links), std::move(handler));
    }

    void async_stop_torrent(storage_index_t storage, std::function<void()> handler) override
    {
        inner_->async_stop_torrent(storage, std::move(handler));
    }

    void
    async_rename_file(storage_index_t storage, file_index_t file, std::string name,
                      std::function<void(const std::string &, file_index_t, const storage_error &)> handler) override
    {
        inner_->async_rename_file(storage, file, std::move(name), std::move(handler));
    }

    void async_delete_files(storage_index_t storage, lt::remove_flags_t options,
                            std::function<void(const storage_error &)> handler) override
    {
        inner_->async_delete_files(storage, options, std::move(handler));
    }

    void async_set_file_priority(
        storage_index_t storage, lt::aux::vector<lt::download_priority_t, file_index_t> priorities,
        std::function<void(const storage_error &, lt::aux::vector<lt::download_priority_t, file_index_t>)> handler)
        override
    {
        inner_->async_set_file_priority(storage, std::move(priorities), std::move(handler));
    }

    void async_clear_piece(storage_index_t storage, piece_index_t piece,
                           std::function<void(piece_index_t)> handler) override
    {
        inner_->async_clear_piece(storage, piece, std::move(handler));
    }

    void update_stats_counters(lt::counters &c) const override
    {
        inner_->update_stats_counters(c);
    }

    std::vector<lt::open_file_state> get_status(storage_index_t storage) const override
    {
        return inner_->get_status(storage);
    }

    void abort(bool wait) override
    {
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
    std::unique_ptr<lt::disk_interface> inner_;
};

} // namespace

std::unique_ptr<lt::disk_interface> tc::make_disk_io(lt::io_context &ios, const lt::settings_interface &settings,
                                                     lt::counters &counters)
{
    return std::make_unique<selective_disk_io>(lt::posix_disk_io_constructor(ios, settings, counters));
}
