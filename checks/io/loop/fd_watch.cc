#include "checks/io/loop/fd_watch.h"

#include <uv.h>

#include <optional>
#include <utility>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"

namespace gaikei::io {

struct FdWatch::State {
  explicit State(Loop& owner) : loop(owner) {}

  Loop& loop;
  uv_poll_t handle{};
  bool is_open = false;
  int events = 0;                      // as given to uv_poll_start()
  std::shared_ptr<const Ready> ready;  // shared: the callback may replace or destroy it
  std::optional<Timer> failure;        // tells of a descriptor that cannot be watched

  static void OnPoll(uv_poll_t* handle, int status, int events) noexcept {
    auto* self = static_cast<State*>(handle->data);
    // libuv stops a poll that saw an error. Level-triggered means it goes on.
    if (status < 0) uv_poll_start(handle, self->events, &OnPoll);
    const std::shared_ptr<const Ready> ready = self->ready;
    if (!ready) return;
    (*ready)(((events & UV_READABLE) != 0 ? kReadable : kNothing) |
                 ((events & UV_WRITABLE) != 0 ? kWritable : kNothing),
             status < 0);
  }

  static void Close(State* state) {
    state->failure.reset();
    const std::shared_ptr<const Ready> dropped = std::exchange(state->ready, nullptr);
    if (!state->is_open) {
      delete state;
      return;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
             [](uv_handle_t* closed) { delete static_cast<State*>(closed->data); });
  }
};

FdWatch::FdWatch(Loop& loop, int fd) : state_(new State(loop), &State::Close) {
  state_->is_open = uv_poll_init(loop.native(), &state_->handle, fd) == 0;
  state_->handle.data = state_.get();
}
FdWatch::~FdWatch() = default;
FdWatch::FdWatch(FdWatch&&) noexcept = default;
FdWatch& FdWatch::operator=(FdWatch&&) noexcept = default;

void FdWatch::Start(int events, Ready ready) {
  const std::shared_ptr<const Ready> replaced =
      std::exchange(state_->ready, std::make_shared<const Ready>(std::move(ready)));
  if (!state_->is_open) {
    if (!state_->failure) state_->failure.emplace(state_->loop);
    state_->failure->Arm(Span::zero(), [shared = state_->ready] { (*shared)(kNothing, true); });
    return;
  }
  state_->events =
      ((events & kReadable) != 0 ? UV_READABLE : 0) | ((events & kWritable) != 0 ? UV_WRITABLE : 0);
  uv_poll_start(&state_->handle, state_->events, &State::OnPoll);
}

void FdWatch::Stop() {
  if (!state_) return;
  if (state_->is_open) uv_poll_stop(&state_->handle);
  state_->failure.reset();
  const std::shared_ptr<const Ready> dropped = std::exchange(state_->ready, nullptr);
}

}  // namespace gaikei::io
