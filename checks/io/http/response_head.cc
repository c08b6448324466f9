#include "checks/io/http/response_head.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "results/ascii.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

HeadFault Broken(std::string message) { return {Reason::kProtocolError, std::move(message)}; }
HeadFault TooLarge(std::string message) { return {Reason::kTooLarge, std::move(message)}; }

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerCase(x) == LowerCase(y); });
}

std::optional<HeadFault> ResponseHead::AddLine(std::string_view line) {
  bytes_ += line.size();
  ++lines_;
  if (bytes_ > kHeaderBytesLimit) return TooLarge("answer with more than 64 KiB of header");
  if (lines_ > kHeaderLinesLimit) return TooLarge("answer with more than 200 header lines");
  if (line.find('\0') != std::string_view::npos) return Broken("NUL in a header line");
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (is_complete_) {
    AddTrailer(line);
    return std::nullopt;
  }
  if (!is_in_head_) return AddStatusLine(line);
  if (line.empty()) return Complete();
  return AddField(line);
}

std::optional<HeadFault> ResponseHead::AddStatusLine(std::string_view line) {
  // HTTP-version SP 3DIGIT SP [ reason ], RFC 9112, 4. The last blank is often left out.
  const std::size_t blank = line.find(' ');
  const std::string_view protocol = line.substr(0, blank);
  static constexpr std::string_view kPrefix = "HTTP/";
  std::string_view version;
  if (protocol.substr(0, kPrefix.size()) == kPrefix) version = protocol.substr(kPrefix.size());
  if (version != "1.0" && version != "1.1" && version != "2" && version != "3") {
    return Broken("not an HTTP status line: " + Escape(line, 80));
  }
  const std::string_view rest =
      blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
  const bool is_sound = rest.size() >= 3 && std::all_of(rest.begin(), rest.begin() + 3, IsDigit) &&
                        rest[0] >= '1' && (rest.size() == 3 || rest[3] == ' ');
  if (!is_sound) return Broken("bad status in the status line: " + Escape(line, 80));
  status_ = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
  version_ = version;
  fields_.clear();
  is_in_head_ = true;
  return std::nullopt;
}

std::optional<HeadFault> ResponseHead::AddField(std::string_view line) {
  if (IsBlank(line.front())) {  // obs-fold, RFC 9112, 5.2
    if (fields_.empty()) return Broken("first header line begins with a blank");
    std::string& value = fields_.back().second;
    if (!value.empty()) value += ' ';
    value += Trim(line);
    Note("folded header line");
    return std::nullopt;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Broken("header line without a name and a colon: " + Escape(line, 80));
  }
  if (line.find('\r') != std::string_view::npos) Note("carriage return inside a header line");
  if (line.find('\t') != std::string_view::npos) Note("tab inside a header line");
  std::string_view name = line.substr(0, colon);
  if (IsBlank(name.back())) Note("blank before the colon of a header line");
  fields_.emplace_back(Trim(name), Trim(line.substr(colon + 1)));
  return std::nullopt;
}

void ResponseHead::AddTrailer(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return;
  trailers_.emplace_back(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
}

std::optional<HeadFault> ResponseHead::Complete() {
  is_in_head_ = false;
  if (status_ == 101 && !expects_upgrade_) {
    return Broken("status 101, though no other protocol was asked for");
  }
  if (status_ < 200 && status_ != 101) {
    saw_informational_ = true;
    return std::nullopt;
  }
  is_complete_ = true;
  FindLocation();
  if (auto fault = CheckCodings()) return fault;
  return CheckLength();
}

std::optional<HeadFault> ResponseHead::CheckLength() {
  const std::vector<std::string> lengths = Elements("content-length");
  if (lengths.empty()) return std::nullopt;
  for (const std::string& text : lengths) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() ||
        value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return Broken("bad Content-Length: " + Escape(text, 80));
    }
    if (content_length_ && *content_length_ != value) {
      return Broken(
          fmt::format("two different Content-Length: {} and {}", *content_length_, value));
    }
    content_length_ = value;
  }
  if (lengths.size() > 1) Note("Content-Length given more than once");
  if (!Elements("transfer-encoding").empty()) Note("Content-Length beside Transfer-Encoding");
  return std::nullopt;
}

std::optional<HeadFault> ResponseHead::CheckCodings() {
  // RFC 9112, 6.1: chunked once and last; nothing else was asked for (no TE is sent).
  if (const auto codings = Elements("transfer-encoding"); !codings.empty()) {
    const bool is_plain = codings.size() == 1 && (EqualsIgnoringCase(codings[0], "chunked") ||
                                                  EqualsIgnoringCase(codings[0], "identity"));
    const bool has_body = status_ != 204 && status_ != 304;
    if (!is_plain && has_body) {
      std::string list;
      for (const std::string& coding : codings) list += (list.empty() ? "" : ", ") + coding;
      return Broken("Transfer-Encoding that was not asked for: " + Escape(list, 80));
    }
  }
  if (decodes_ && content_codings().size() > 2) {
    return TooLarge("more than 2 content encodings");
  }
  return std::nullopt;
}

void ResponseHead::FindLocation() {
  bool is_first = true;
  for (const auto& [name, value] : fields_) {
    if (!EqualsIgnoringCase(name, "location")) continue;
    if (is_first) {
      location_ = value;
      is_first = false;
    } else if (value != location_) {
      has_two_locations_ = true;
    } else {
      Note("Location given more than once");
    }
  }
  if (has_two_locations_) Note("two different Location");
}

std::vector<std::string> ResponseHead::content_codings() const {
  std::vector<std::string> codings = Elements("content-encoding");
  std::erase(codings, "");
  return codings;
}

bool ResponseHead::ends_by_close() const {
  const bool has_body = is_complete_ && status_ >= 200 && status_ != 204 && status_ != 304;
  return has_body && version_.starts_with('1') && !content_length_ &&
         Elements("transfer-encoding").empty();
}

bool ResponseHead::has_ended(std::uint64_t body_bytes) const {
  if (!is_complete_) return false;
  if (!trailers_.empty() || status_ == 204 || status_ == 304) return true;
  // The status of a gRPC call is the last of its fields, also where there are no others.
  return content_length_ == body_bytes || !Elements("grpc-status").empty();
}

void ResponseHead::Note(std::string note) {
  if (notes_.size() >= 16 || std::find(notes_.begin(), notes_.end(), note) != notes_.end()) return;
  notes_.push_back(std::move(note));
}

std::vector<std::string> ResponseHead::Elements(std::string_view name) const {
  std::vector<std::string> all;
  for (const auto& [field, value] : fields_) {
    if (!EqualsIgnoringCase(field, name)) continue;
    std::string_view rest = value;
    while (true) {
      const std::size_t comma = rest.find(',');
      all.emplace_back(Trim(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return all;
}

}  // namespace gaikei::io
