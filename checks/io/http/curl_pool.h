#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

/// As <curl/curl.h> declares it.
typedef void CURL;

namespace gaikei::io {

class Loop;

/// The transfers of one loop, in several libcurl multi handles of at most 500 transfers each: the
/// cost of many transfers that end together grows faster than linearly within one handle.
///
/// Loop thread only. An easy handle belongs to the caller, who keeps it alive from Start() until
/// `done` is called or Cancel() has returned. No method may be called from inside a callback of
/// libcurl.
class CurlPool {
 public:
  /// Gets the transfer's CURLcode. Called at most once, never inside Start(), with the handle
  /// already taken out of its multi handle: it may start it again, or clean it up.
  using Done = std::function<void(int code)>;

  static constexpr std::size_t kTransfersPerMulti = 500;

  explicit CurlPool(Loop& loop);
  /// Takes out whatever is still in flight; nothing is called.
  ~CurlPool();
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;

  /// Begins a transfer. False when libcurl refuses the handle (no memory); `done` is then not
  /// called.
  [[nodiscard]] bool Start(CURL* easy, Done done);
  /// Ends a transfer silently. A handle that is not in flight is left alone.
  void Cancel(CURL* easy);

  std::size_t in_flight() const { return transfers_.size(); }
  std::size_t multi_count() const { return multis_.size(); }

 private:
  struct Multi;
  struct Transfer {
    Multi* multi;
    Done done;
  };
  Multi* MultiWithRoom();
  void Drain(Multi& multi);

  Loop& loop_;
  std::vector<std::unique_ptr<Multi>> multis_;
  std::unordered_map<CURL*, Transfer> transfers_;
};

}  // namespace gaikei::io
