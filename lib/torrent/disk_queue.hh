// Writing and hashing beside the network: one thread writes, another hashes what the first has written, and the
// network's thread, which asks for both, is told the results. With libtorrent's posix back-end alone every block is
// written, and every piece read again and hashed, between two packets.
#pragma once

#include "torrent/cxx.hh"
#include "torrent/lane.hh"

#include <libtorrent/disk_interface.hpp>
#include <libtorrent/disk_observer.hpp>
#include <libtorrent/io_context.hpp>

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace tc
{

namespace lt = libtorrent;

struct disk_file {
    std::string path;
    lt::file_index_t index;
};

// A stretch of a block or piece, in one file. Without a file it is padding: zeros that are nowhere.
struct disk_slice {
    std::shared_ptr<const disk_file> file;
    std::int64_t offset;
    int size;
};

struct write_job {
    disk_slice to;
    std::unique_ptr<char[]> data;
    std::function<void(const lt::storage_error &)> done;
};

struct hash_job {
    std::vector<disk_slice> from; // the whole piece
    bool v1;
    int v2_size;                  // so many of its bytes have v2 hashes; 0: none are asked for
    lt::span<lt::sha256_hash> v2; // one for each 16 KiB; lives until done() has been called
    std::function<void(const lt::sha1_hash &, const lt::storage_error &)> done;
};

// The files that are open for writing.
class written_files
{
  public:
    // A descriptor, or -1 with `error` filled.
    int get(const std::shared_ptr<const disk_file> &file, lt::storage_error &error);
    // False when what was written to one of them got lost, with `error` filled.
    bool close_all(lt::storage_error &error);

  private:
    struct entry {
        std::shared_ptr<const disk_file> file;
        int fd;
    };
    std::vector<entry> entries_;
};

class disk_queue
{
  public:
    explicit disk_queue(lt::io_context &ios);

    // All of these are for the network's thread, where done() is called too.
    // write: the bytes are copied. True: so much is waiting that the peer should stop; `observer` hears when to go on.
    bool write(disk_slice to, const char *data, const std::shared_ptr<lt::disk_observer> &observer,
               std::function<void(const lt::storage_error &)> done);
    // hash: after all writes that were asked for before.
    void hash(hash_job job);
    // settle: wait until everything asked for is done and no file is open; its done() calls are then under way.
    void settle();
    // end: settle, and the threads are over. May be called again.
    void end();

  private:
    using job = std::variant<write_job, hash_job>;
    struct written {
        lt::storage_error error;
        std::function<void(const lt::storage_error &)> done;
    };

    void run(write_job &one);
    void hand_on(hash_job &one);
    void run(hash_job &one);
    void tell();
    std::unique_ptr<char[]> take_block();

    lt::io_context &ios_;
    std::mutex mutex_;
    std::int64_t waiting_ = 0; // bytes of writes that are not done
    std::vector<std::weak_ptr<lt::disk_observer>> stopped_;
    std::vector<std::unique_ptr<char[]>> spare_; // blocks to use again
    // The writing thread's own.
    written_files files_;
    std::vector<written> written_;
    std::int64_t written_bytes_ = 0;
    std::vector<std::unique_ptr<char[]>> used_;

    lane<hash_job> hashes_;
    lane<job> writes_; // last: it hands hash jobs on
};

} // namespace tc
