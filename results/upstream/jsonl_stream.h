#pragma once

#include <cstddef>
#include <string_view>

namespace gaikei {

/// What a file or stream made of text.
struct Appended {
  std::size_t bytes = 0;  ///< from its beginning on, taken for good
  int error = 0;          ///< errno, why not all; 0: all. EAGAIN: there is no room at present
};

/// Keeps SIGPIPE and SIGXFSZ away from the calling thread: what they tell comes as EPIPE and EFBIG,
/// too, and nobody is to be killed by it.
class QuietWrites {
 public:
  QuietWrites();
  ~QuietWrites();
  QuietWrites(const QuietWrites&) = delete;
  QuietWrites& operator=(const QuietWrites&) = delete;
};

/// Standard output, a pipe, a terminal, a socket: something that takes bytes when it has room.
///
/// The descriptor is shared with whoever holds the other copies, so that its flags are left alone:
/// it is asked before each write, which brings at most what a pipe with room takes at once.
class JsonlStream {
 public:
  /// Of the caller.
  explicit JsonlStream(int fd);

  /// Waits for room a twentieth of a second at a time, and a quarter of one in all.
  Appended Append(std::string_view text) const;

 private:
  int WriteSome(std::string_view text) const;

  int fd_;
  bool is_socket_;
};

}  // namespace gaikei
