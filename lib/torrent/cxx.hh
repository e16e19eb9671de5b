// What the C++ files of this folder share. Nothing outside includes it.
#pragma once

#include <libtorrent/torrent_info.hpp>

#include <cstddef>
#include <memory>

// The base headers are C: `class` is a member there and a keyword here (the layout is the same), and a function may
// have the name of a struct.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
extern "C" {
#define class class_
#include "base/err.h"
#undef class
#include "base/arena.h"
#include "base/encode.h"
#include "torrent/engine.h"
#include "torrent/metainfo.h"
}
#pragma GCC diagnostic pop

namespace tc
{

// Parse and judge; NULL with *e filled. The only way in this project from foreign bytes to a torrent_info.
std::shared_ptr<libtorrent::torrent_info> load_torrent(const void *data, std::size_t len, struct err *e);

// The caller is in a catch block: turn what flew into *e. Returns -1.
int err_from_exception(struct err *e, const char *what) noexcept;

// A file that users can choose: neither padding nor a link.
bool is_visible(const libtorrent::file_storage &fs, libtorrent::file_index_t i);

} // namespace tc
