#include "checks/io/http/curl_pool.h"

#include <curl/curl.h>

#include <chrono>
#include <mutex>
#include <utility>

#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"

namespace gaikei::io {
namespace {

void InitialiseCurlOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct CurlPool::Multi {
  Multi(CurlPool& owner, Loop& loop) : pool(owner), handle(curl_multi_init()), timer(loop) {
    curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, &Multi::OnSocketChange);
    curl_multi_setopt(handle, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, &Multi::OnTimerChange);
    curl_multi_setopt(handle, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(handle, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(handle, CURLMOPT_PUSHFUNCTION, nullptr);
    curl_multi_setopt(handle, CURLMOPT_MAXCONNECTS, 16L);
  }
  ~Multi() {
    curl_multi_cleanup(handle);  // may still call OnSocketChange
  }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  static int OnSocketChange(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
    static_cast<Multi*>(self)->Watch(socket, what);
    return 0;
  }
  static int OnTimerChange(CURLM*, long timeout_ms, void* self) noexcept {
    auto& multi = *static_cast<Multi*>(self);
    if (timeout_ms < 0) {
      multi.timer.Disarm();
    } else {
      // Also for 0: libcurl must not be entered again from inside its own callback.
      multi.timer.Arm(std::chrono::milliseconds(timeout_ms),
                      [&multi] { multi.Act(CURL_SOCKET_TIMEOUT, 0); });
    }
    return 0;
  }

  void Watch(curl_socket_t socket, int what) {
    if (what == CURL_POLL_REMOVE) {
      watches.erase(socket);
      return;
    }
    int events = FdWatch::kNothing;
    if ((what & CURL_POLL_IN) != 0) events |= FdWatch::kReadable;
    if ((what & CURL_POLL_OUT) != 0) events |= FdWatch::kWritable;
    auto [it, is_new] = watches.try_emplace(socket, pool.loop_, socket);
    it->second.Start(events, [this, socket](int ready, bool error) {
      int mask = 0;
      if ((ready & FdWatch::kReadable) != 0) mask |= CURL_CSELECT_IN;
      if ((ready & FdWatch::kWritable) != 0) mask |= CURL_CSELECT_OUT;
      if (error) mask |= CURL_CSELECT_ERR;
      Act(socket, mask);
    });
  }

  /// Called from the loop alone, on a stack without libcurl. The watch that called may be gone when
  /// socket_action returns, and with it the captures of the calling lambda: arguments are by value.
  void Act(curl_socket_t socket, int mask) {
    int running = 0;
    curl_multi_socket_action(handle, socket, mask, &running);
    // Always, whatever is running: the last transfer's end is reported here alone.
    pool.Drain(*this);
  }

  CurlPool& pool;
  CURLM* handle;
  Timer timer;
  std::unordered_map<curl_socket_t, FdWatch> watches;
  std::size_t in_flight = 0;
};

CurlPool::CurlPool(Loop& loop) : loop_(loop) { InitialiseCurlOnce(); }

CurlPool::~CurlPool() {
  for (auto& [easy, transfer] : transfers_) {
    curl_multi_remove_handle(transfer.multi->handle, easy);
  }
}

CurlPool::Multi* CurlPool::MultiWithRoom() {
  for (const auto& multi : multis_) {
    if (multi->in_flight < kTransfersPerMulti) return multi.get();
  }
  auto fresh = std::make_unique<Multi>(*this, loop_);
  if (fresh->handle == nullptr) return nullptr;
  return multis_.emplace_back(std::move(fresh)).get();
}

bool CurlPool::Start(CURL* easy, Done done) {
  Multi* multi = MultiWithRoom();
  if (multi == nullptr) return false;
  transfers_.insert_or_assign(easy, Transfer{multi, std::move(done)});
  if (curl_multi_add_handle(multi->handle, easy) != CURLM_OK) {
    transfers_.erase(easy);
    return false;
  }
  ++multi->in_flight;
  return true;
}

void CurlPool::Cancel(CURL* easy) {
  const auto it = transfers_.find(easy);
  if (it == transfers_.end()) return;
  Multi& multi = *it->second.multi;
  transfers_.erase(it);
  --multi.in_flight;
  curl_multi_remove_handle(multi.handle, easy);
}

void CurlPool::Drain(Multi& multi) {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi.handle, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const int code = message->data.result;  // the message dies with the removal
    const auto it = transfers_.find(easy);
    if (it == transfers_.end()) continue;
    const Done done = std::move(it->second.done);
    transfers_.erase(it);
    --multi.in_flight;
    curl_multi_remove_handle(multi.handle, easy);
    done(code);  // may start and cancel others; every one is looked up anew
  }
}

}  // namespace gaikei::io
