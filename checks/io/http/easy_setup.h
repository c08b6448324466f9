#pragma once

#include <memory>
#include <string>

struct curl_slist;
typedef void CURL;

namespace gaikei::io {

struct HttpRequest;

/// Size of libcurl's read buffer for one transfer, its smallest. libcurl 7.88 reads up to 100 times
/// before it returns to the loop, so this is what bounds how long an endless body can hold it:
/// 100 KiB a call. With the default it would be 1.6 MiB.
inline constexpr unsigned kReadBufferSize = 1024;
/// What one transfer takes of a body in one turn of the loop, at most: libcurl is called for the
/// socket and, when it left something unread, for its timer; HTTP/2 gives some more of its frames.
/// Then all others have their turn (tests/checks/loop_budget_test.cc).
inline constexpr unsigned kBytesATurn = 384 * kReadBufferSize;

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
