#include <cstddef>
#include <cstdint>
#include <string_view>

#include "checks/http/http_redirect.h"
#include "checks/io/http/response_head.h"
#include "checks/io/net/url.h"

using gaikei::io::ResponseHead;

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool IsHarmless(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

/// What an accepted head promises to those who read it.
void Inspect(const ResponseHead& head) {
  if (head.is_complete()) Require(head.status() >= 200 && head.status() <= 999);
  if (head.content_length()) Require(*head.content_length() <= INT64_MAX);
  Require(head.bytes() <= gaikei::io::kHeaderBytesLimit);
  Require(head.fields().size() <= gaikei::io::kHeaderLinesLimit);
  for (const auto& note : head.notes()) Require(IsHarmless(note));
  for (const auto& [name, value] : head.fields()) {
    Require(!name.empty() && name.find('\0') == std::string::npos);
    Require(value.find('\0') == std::string::npos);
  }
  for (const char* base : {"http://a.example/d/e?q", "https://user:hunter2@a.example:8443/"}) {
    const auto asked = gaikei::io::ParseUrl(base);
    const auto redirect = gaikei::FindRedirect(*asked, head, "POST");
    if (!redirect) continue;
    Require(IsHarmless(redirect->shown_location));
    Require((redirect->reason == gaikei::Reason::kNone) == redirect->message.empty());
    if (redirect->reason != gaikei::Reason::kNone) continue;
    Require(redirect->url.scheme == "http" || redirect->url.scheme == "https");
    Require(!redirect->url.host.empty());
    Require(redirect->url.text.find_first_of(std::string_view("\r\n\0 ", 4)) == std::string::npos);
    Require(redirect->shown_location.find("hunter2") == std::string::npos ||
            head.location().find("hunter2") != std::string::npos);
  }
}

}  // namespace

/// The first byte says whether bodies are decoded; the rest is an answer's head, handed over line
/// by line as libcurl does, until it is refused. Where it points is resolved, too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ResponseHead head((data[0] & 1) != 0);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    rest.remove_prefix(line.size());
    if (const auto fault = head.AddLine(line)) {
      Require(fault->reason != gaikei::Reason::kNone && !fault->message.empty());
      Require(IsHarmless(fault->message));
      return 0;
    }
    Inspect(head);
  }
  return 0;
}
