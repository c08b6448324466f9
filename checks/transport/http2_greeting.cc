#include "checks/transport/http2_greeting.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "results/text.h"

namespace gaikei {
namespace {

using namespace std::string_view_literals;

/// The client's preface, and SETTINGS that set nothing.
constexpr std::string_view kGreeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"sv;
/// Of a frame, before its payload.
constexpr std::size_t kHeadSize = 9;
constexpr std::size_t kShown = 80;

/// What every server begins with.
bool IsSettings(std::string_view bytes) {
  return bytes.size() >= kHeadSize && bytes[3] == '\4' && bytes.substr(5, 4) == "\0\0\0\0"sv;
}

/// Handshake or alert, of whatever version.
bool IsTls(std::string_view bytes) {
  return bytes.size() >= 2 && (bytes[0] == '\x15' || bytes[0] == '\x16') && bytes[1] == '\x03';
}

}  // namespace

Http2Greeting::Http2Greeting(io::Loop& loop, io::UniqueFd fd, Done done)
    : fd_(std::move(fd)), done_(std::move(done)), watch_(loop, fd_.get()) {
  watch_.Start(io::FdWatch::kWritable, [this](int, bool) { Greet(); });
}

void Http2Greeting::Greet() {
  // A fresh connection has room for so little.
  const ssize_t sent =
      ::send(fd_.get(), kGreeting.data(), kGreeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(kGreeting.size())) return Finish();
  watch_.Start(io::FdWatch::kReadable, [this](int, bool) { Read(); });
}

void Http2Greeting::Read() {
  std::array<char, 256> buffer{};
  const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size > 0) came_.append(buffer.data(), static_cast<std::size_t>(size));
  if (size <= 0 || came_.size() >= kHeadSize) Finish();
}

void Http2Greeting::Finish() {
  watch_.Stop();
  std::optional<std::string> other;
  if (IsTls(came_)) {
    other = "it speaks TLS: write https://";
  } else if (!came_.empty() && !IsSettings(came_)) {
    other = "it answered \"" + Escape(came_.substr(0, came_.find_first_of("\r\n")), kShown) + "\"";
  }
  const Done done = std::move(done_);
  done(std::move(other));
}

}  // namespace gaikei
