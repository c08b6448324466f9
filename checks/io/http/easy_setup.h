#pragma once

#include <memory>
#include <string>

struct curl_slist;
typedef void CURL;

namespace gaikei::io {

struct HttpRequest;

/// Size of libcurl's read buffer for one transfer: bounds what one callback is given.
inline constexpr unsigned kReadBufferSize = 16 * 1024;
/// What one transfer takes of a body in one turn of the loop, at most, however fast more of it
/// comes: then the other descriptors of the loop have their turn. It follows from the buffer:
/// libcurl reads it a few times and returns (tests/checks/loop_budget_test.cc).
inline constexpr unsigned kBytesATurn = 4 * kReadBufferSize;

/// Every option of a request that needs no callback, and the lists that libcurl borrows.
class EasySetup {
 public:
  EasySetup() = default;
  ~EasySetup();
  EasySetup(const EasySetup&) = delete;
  EasySetup& operator=(const EasySetup&) = delete;

  /// Sets `easy` up for a request; its cookies stay. One EasySetup to a handle. It outlives the
  /// transfer. False when memory is short or libcurl lacks what is asked for.
  bool Prepare(CURL* easy, const HttpRequest& request);

 private:
  bool SetMethodAndBody(CURL* easy, const HttpRequest& request);
  bool SetHeaders(CURL* easy, const HttpRequest& request);
  bool SetConnection(CURL* easy, const HttpRequest& request);

  bool has_cookies_ = false;  ///< the cookie engine is on
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
};

}  // namespace gaikei::io
