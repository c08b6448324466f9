#include "checks/io/loop/loop.h"

#include <fmt/core.h>
#include <uv.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "checks/io/loop/next_turn.h"

namespace gaikei::io {
namespace {

void ThrowOn(int status, const char* what) {
  if (status < 0) throw std::system_error(-status, std::generic_category(), what);
}

// Turns the destructor grants to closing handles. One is enough for a handle closed already; the
// rest is for close callbacks that close others.
constexpr int kClosingTurns = 64;

void PrintHandle(uv_handle_t* handle, void*) {
  const char* name = uv_handle_type_name(handle->type);
  fmt::print(stderr, "  {} {}{}\n", static_cast<void*>(handle), name != nullptr ? name : "?",
             uv_is_closing(handle) != 0 ? " (closing)" : "");
}

}  // namespace

struct Loop::Impl {
  std::optional<NextTurn> next_turn;
  uv_async_t wake{};
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::vector<std::function<void()>> posted;  // guarded by mutex

  // Runs what was posted up to now; what these tasks post waits for the next turn.
  void RunPosted() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex);
      tasks.swap(posted);
    }
    for (std::function<void()>& task : tasks) {
      task();
      task = nullptr;  // what it holds goes when it has run, not when all have
    }
  }

  bool HasPosted() {
    const std::lock_guard lock(mutex);
    return !posted.empty();
  }

  static void OnWake(uv_async_t* handle) noexcept {
    auto* self = static_cast<Impl*>(handle->data);
    self->RunPosted();
    if (self->stop.exchange(false)) uv_stop(handle->loop);
  }
};

Loop::Loop() : native_(std::make_unique<uv_loop_s>()), impl_(std::make_unique<Impl>()) {
  ThrowOn(uv_loop_init(native_.get()), "event loop");
  const int status = uv_async_init(native_.get(), &impl_->wake, &Impl::OnWake);
  if (status < 0) uv_loop_close(native_.get());
  ThrowOn(status, "event loop wake-up");
  impl_->wake.data = impl_.get();
  impl_->next_turn.emplace(native_.get());
}

Loop::~Loop() {
  // Tasks that never ran may own handles: they go first, while the loop can still close them.
  while (impl_->HasPosted()) {
    std::vector<std::function<void()>> dropped;
    const std::lock_guard lock(impl_->mutex);
    dropped.swap(impl_->posted);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&impl_->wake), nullptr);
  impl_->next_turn->Close();
  int status = UV_EBUSY;
  for (int turn = 0; turn < kClosingTurns && status == UV_EBUSY; ++turn) {
    uv_run(native_.get(), UV_RUN_NOWAIT);
    status = uv_loop_close(native_.get());
  }
  if (status != 0) {
    fmt::print(stderr, "event loop destroyed with open handles:\n");
    uv_walk(native_.get(), PrintHandle, nullptr);
    std::abort();
  }
}

NextTurn& Loop::next_turn() { return *impl_->next_turn; }

void Loop::Run() { uv_run(native_.get(), UV_RUN_DEFAULT); }

void Loop::RunUntilIdle() {
  auto* wake = reinterpret_cast<uv_handle_t*>(&impl_->wake);
  uv_unref(wake);
  // An unreferenced wake-up does not keep uv_run() going, so posted tasks are looked after here.
  do {
    impl_->RunPosted();
    if (impl_->stop.exchange(false)) break;
    uv_run(native_.get(), UV_RUN_DEFAULT);
  } while (impl_->HasPosted());
  uv_ref(wake);
}

void Loop::Stop() {
  impl_->stop = true;
  uv_async_send(&impl_->wake);
}

void Loop::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->posted.push_back(std::move(task));
  }
  uv_async_send(&impl_->wake);
}

}  // namespace gaikei::io
