// Resume data: libtorrent's own dictionary and, beside it, what lets us judge whether the disk still is what it
// describes.
#include "torrent/engine_impl.hh"

#include <libtorrent/bdecode.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/read_resume_data.hpp>
#include <libtorrent/write_resume_data.hpp>

#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace tc
{

namespace
{

constexpr char boot_key[] = "tc-boot";
constexpr char files_key[] = "tc-files";

// Changes at every start of the kernel, and only then: what a killed process has written is still in the page cache
// while it is the same, and may be lost when it is not.
std::string boot_id()
{
    std::ifstream in("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(in, id);
    return id;
}

struct print {
    std::int64_t size = -1, mtime_ns = 0;
};

print look(const std::string &path)
{
    struct stat st;
    if (::lstat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode))
        return {};
    return {st.st_size, static_cast<std::int64_t>(st.st_mtim.tv_sec) * 1000000000 + st.st_mtim.tv_nsec};
}

// The first piece that cannot be believed: of the first selected file that is not as it was. Files are in payload
// order.
int first_doubtful_piece(const torrent &t, const lt::bdecode_node &root)
{
    const lt::bdecode_node files = root.dict_find_list(files_key);
    const std::string id = boot_id();
    if (id.empty() || root.dict_find_string_value(boot_key) != id || !files)
        return 0;
    const int count = static_cast<int>(t.wanted.size());
    if (files.list_size() != 3 * count)
        return 0;
    int first = t.info->num_pieces();
    for (int i = 0; i < count; ++i) {
        const auto index = t.wanted[static_cast<std::size_t>(i)].index;
        if (files.list_int_value_at(3 * i, -1) != static_cast<int>(index))
            return 0;
        const print now = look(t.info->files().file_path(index, t.save_path));
        if (now.size != files.list_int_value_at(3 * i + 1, -2) ||
            now.mtime_ns != files.list_int_value_at(3 * i + 2, -2))
            first = std::min(first, static_cast<int>(t.info->files().piece_index_at_file(index)));
    }
    return first;
}

} // namespace

std::string pack_resume(const torrent &t, const lt::add_torrent_params &params)
{
    lt::entry root = lt::write_resume_data(params);
    lt::entry::list_type files;
    files.reserve(3 * t.wanted.size());
    for (const auto &file : t.wanted) {
        const print now = look(t.info->files().file_path(file.index, t.save_path));
        files.emplace_back(static_cast<std::int64_t>(static_cast<int>(file.index)));
        files.emplace_back(now.size);
        files.emplace_back(now.mtime_ns);
    }
    root[boot_key] = boot_id();
    root[files_key] = lt::entry(std::move(files));
    std::string out;
    lt::bencode(std::back_inserter(out), root);
    return out;
}

void unpack_resume(const torrent &t, lt::span<const char> bytes, lt::add_torrent_params &params)
{
    lt::error_code ec;
    const lt::bdecode_node root = lt::bdecode(bytes, ec, nullptr, METAINFO_MAX_DEPTH, 10 * METAINFO_MAX_TOKENS);
    if (ec || root.type() != lt::bdecode_node::dict_t)
        return;
    lt::add_torrent_params saved = lt::read_resume_data(root, ec, METAINFO_MAX_PIECES);
    const bool same_v1 = saved.info_hashes.has_v1() && saved.info_hashes.v1 == t.hashes.v1;
    const bool same_v2 = saved.info_hashes.has_v2() && saved.info_hashes.v2 == t.hashes.v2;
    if (ec || !(same_v1 || same_v2))
        return;
    // Only the piece maps, the hash trees and the peers are wanted: paths, names, flags and trackers are the caller's.
    params.peers = std::move(saved.peers);
    params.banned_peers = std::move(saved.banned_peers);
    params.merkle_trees = std::move(saved.merkle_trees);
    params.merkle_tree_mask = std::move(saved.merkle_tree_mask);
    params.verified_leaf_hashes = std::move(saved.verified_leaf_hashes);
    const int first = first_doubtful_piece(t, root);
    if (first <= 0)
        return;
    params.have_pieces = std::move(saved.have_pieces);
    if (first < t.info->num_pieces()) {
        // libtorrent goes on checking behind a piece map that is too short.
        if (params.have_pieces.size() > first)
            params.have_pieces.resize(first);
    } else {
        params.unfinished_pieces = std::move(saved.unfinished_pieces);
    }
}

} // namespace tc
