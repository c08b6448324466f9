#include "checks/io/loop/signal.h"

#include <uv.h>

#include <system_error>
#include <utility>

#include "checks/io/loop/loop.h"

namespace gaikei::io {

struct SignalWatch::State {
  uv_signal_t handle{};
  std::shared_ptr<const std::function<void()>> received;  // shared: the callback may replace it

  static void OnSignal(uv_signal_t* handle, int /*signum*/) noexcept {
    const auto received = static_cast<State*>(handle->data)->received;
    if (received) (*received)();
  }

  static void Close(State* state) {
    const auto dropped = std::exchange(state->received, nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
             [](uv_handle_t* closed) { delete static_cast<State*>(closed->data); });
  }
};

SignalWatch::SignalWatch(Loop& loop) : state_(nullptr, &State::Close) {
  auto state = std::make_unique<State>();
  // The first watch of a loop makes its signal pipe, which takes descriptors.
  const int status = uv_signal_init(loop.native(), &state->handle);
  if (status < 0) throw std::system_error(-status, std::generic_category(), "signal watch");
  state->handle.data = state.get();
  state_.reset(state.release());
}
SignalWatch::~SignalWatch() = default;
SignalWatch::SignalWatch(SignalWatch&&) noexcept = default;
SignalWatch& SignalWatch::operator=(SignalWatch&&) noexcept = default;

bool SignalWatch::Start(int signum, std::function<void()> received) {
  const auto replaced = std::exchange(
      state_->received, std::make_shared<const std::function<void()>>(std::move(received)));
  return uv_signal_start(&state_->handle, &State::OnSignal, signum) == 0;
}

void SignalWatch::Stop() {
  if (!state_) return;
  uv_signal_stop(&state_->handle);
  const auto dropped = std::exchange(state_->received, nullptr);
}

}  // namespace gaikei::io
