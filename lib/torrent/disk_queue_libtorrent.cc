#include "torrent/disk_queue.hh"

#include <libtorrent/error_code.hpp>
#include <libtorrent/hasher.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

namespace lt = libtorrent;

namespace
{

constexpr int block_size = 16 * 1024; // the largest that libtorrent writes, and BEP 52's leaves
constexpr std::int64_t high_water = 8 * 1024 * 1024, low_water = high_water / 2;
constexpr std::size_t tell_limit = 16;

void set_errno(lt::storage_error &error, int number, lt::file_index_t file, lt::operation_t operation)
{
    error.ec.assign(number, boost::system::generic_category());
    error.file(file);
    error.operation = operation;
}

int open_to_write(const std::string &path)
{
    constexpr int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    int fd = ::open(path.c_str(), flags, 0666);
    if (fd < 0 && errno == ENOENT) {
        std::error_code ec;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ec);
        if (ec)
            errno = ec.value();
        else
            fd = ::open(path.c_str(), flags, 0666);
    }
    return fd;
}

bool write_all(int fd, const char *data, std::int64_t n, std::int64_t offset)
{
    while (n > 0) {
        const ssize_t done = ::pwrite(fd, data, static_cast<std::size_t>(n), offset);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            data += done;
            offset += done;
            n -= done;
        }
    }
    return true;
}

// What is asked for, or less at the end of the file; -1 with errno.
ssize_t read_all(int fd, char *data, std::int64_t n, std::int64_t offset)
{
    std::int64_t got = 0;
    while (got < n) {
        const ssize_t done = ::pread(fd, data + got, static_cast<std::size_t>(n - got), offset + got);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done == 0)
            break;
        got += done > 0 ? done : 0;
    }
    return got;
}

// The hashes of a piece, fed with its bytes from the first to the last.
class piece_hasher
{
  public:
    explicit piece_hasher(const tc::hash_job &job) : job_(job)
    {
    }

    void update(lt::span<const char> bytes)
    {
        if (job_.v1)
            v1_.update(bytes);
        for (auto rest = bytes; !rest.empty() && at_ < job_.v2_size;) {
            const int in_block = at_ % block_size;
            const auto n = std::min<std::ptrdiff_t>({rest.size(), block_size - in_block, job_.v2_size - at_});
            v2_.update(rest.first(n));
            at_ += static_cast<int>(n);
            rest = rest.subspan(n);
            if (at_ % block_size == 0 || at_ == job_.v2_size) {
                job_.v2[(at_ - 1) / block_size] = v2_.final();
                v2_.reset();
            }
        }
    }

    lt::sha1_hash final()
    {
        return job_.v1 ? v1_.final() : lt::sha1_hash{};
    }

  private:
    const tc::hash_job &job_;
    lt::hasher v1_;
    lt::hasher256 v2_;
    int at_ = 0;
};

lt::storage_error hash_slice(const tc::disk_slice &slice, piece_hasher &hasher)
{
    std::array<char, 4 * block_size> buffer{};
    lt::storage_error error;
    const int fd = slice.file ? ::open(slice.file->path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (slice.file && fd < 0)
        set_errno(error, errno, slice.file->index, lt::operation_t::file_open);
    for (int at = 0, size = 0; at < slice.size && !error; at += size) {
        size = std::min(slice.size - at, static_cast<int>(buffer.size()));
        const ssize_t got = slice.file ? read_all(fd, buffer.data(), size, slice.offset + at) : size;
        if (got < 0)
            set_errno(error, errno, slice.file->index, lt::operation_t::file_read);
        else if (got < size)
            error = {lt::errors::make_error_code(lt::errors::file_too_short), slice.file->index,
                     lt::operation_t::file_read};
        else
            hasher.update({buffer.data(), size});
    }
    if (fd >= 0)
        ::close(fd);
    return error;
}

} // namespace

int tc::written_files::get(const std::shared_ptr<const disk_file> &file, lt::storage_error &error)
{
    for (const auto &one : entries_)
        if (one.file == file)
            return one.fd;
    const int fd = open_to_write(file->path);
    if (fd < 0)
        set_errno(error, errno, file->index, lt::operation_t::file_open);
    else
        entries_.push_back({file, fd});
    return fd;
}

bool tc::written_files::close_all(lt::storage_error &error)
{
    bool ok = true;
    for (const auto &one : entries_) {
        if (::close(one.fd) == 0)
            continue;
        set_errno(error, errno, one.file->index, lt::operation_t::file_write);
        ok = false;
    }
    entries_.clear();
    return ok;
}

tc::disk_queue::disk_queue(lt::io_context &ios)
    : ios_(ios), hashes_([this](hash_job &one) { run(one); }, [] {}),
      writes_(
          [this](job &next) {
              if (auto *one = std::get_if<write_job>(&next))
                  run(*one);
              else
                  hand_on(std::get<hash_job>(next));
          },
          [this] { tell(); })
{
}

// Blocks are used again: 16 KiB from malloc here and back to it there costs a page fault each.
std::unique_ptr<char[]> tc::disk_queue::take_block()
{
    if (spare_.empty())
        return std::unique_ptr<char[]>(new char[block_size]);
    auto block = std::move(spare_.back());
    spare_.pop_back();
    return block;
}

bool tc::disk_queue::write(disk_slice to, const char *data, const std::shared_ptr<lt::disk_observer> &observer,
                           std::function<void(const lt::storage_error &)> done)
{
    const int size = to.size;
    bool stop = false;
    std::unique_ptr<char[]> copy;
    {
        const std::lock_guard lock(mutex_);
        copy = take_block();
        waiting_ += size;
        stop = waiting_ >= high_water;
        if (stop)
            stopped_.push_back(observer);
    }
    std::memcpy(copy.get(), data, static_cast<std::size_t>(size));
    writes_.put(write_job{std::move(to), std::move(copy), std::move(done)});
    return stop;
}

void tc::disk_queue::hash(hash_job one)
{
    writes_.put(std::move(one));
}

void tc::disk_queue::settle()
{
    writes_.settle();
    hashes_.settle();
    const std::lock_guard lock(mutex_);
    spare_.clear();
}

void tc::disk_queue::end()
{
    writes_.end();
    hashes_.end();
}

void tc::disk_queue::run(write_job &one)
{
    lt::storage_error error;
    const int fd = files_.get(one.to.file, error);
    if (fd >= 0 && !write_all(fd, one.data.get(), one.to.size, one.to.offset))
        set_errno(error, errno, one.to.file->index, lt::operation_t::file_write);
    used_.push_back(std::move(one.data));
    written_bytes_ += one.to.size;
    written_.push_back({error, std::move(one.done)});
    if (written_.size() >= tell_limit)
        tell();
}

// Tell in one go what was written: each waking of the network's thread costs as much as the write of a block. The files
// are closed before: a close that fails may have lost any of these blocks, so that none of them counts as written.
// Peers that wait for room go on when half of it is free.
void tc::disk_queue::tell()
{
    lt::storage_error lost;
    std::vector<std::weak_ptr<lt::disk_observer>> freed;
    if (written_.empty())
        return;
    if (!files_.close_all(lost))
        for (auto &one : written_)
            one.error = lost;
    {
        const std::lock_guard lock(mutex_);
        for (auto &block : used_)
            spare_.push_back(std::move(block));
        waiting_ -= std::exchange(written_bytes_, 0);
        if (waiting_ <= low_water)
            freed.swap(stopped_);
    }
    used_.clear();
    post(ios_, [done = std::exchange(written_, {}), freed = std::move(freed)] {
        for (const auto &one : done)
            one.done(one.error);
        for (const auto &one : freed)
            if (const auto observer = one.lock())
                observer->on_disk();
    });
}

// What was written before is told before, too.
void tc::disk_queue::hand_on(hash_job &one)
{
    tell();
    hashes_.put(std::move(one));
}

void tc::disk_queue::run(hash_job &one)
{
    lt::storage_error error;
    piece_hasher hasher(one);
    for (const auto &slice : one.from)
        if (!error)
            error = hash_slice(slice, hasher);
    post(ios_, [v1 = hasher.final(), error, done = std::move(one.done)] { done(v1, error); });
}
