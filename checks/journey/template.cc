#include "checks/journey/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/parts/json_text.h"
#include "results/ascii.h"
#include "results/http_text.h"
#include "results/json.h"

namespace gaikei {
namespace {

constexpr std::size_t kUrlLimit = 8 * 1024;
constexpr std::size_t kExpandedLimit = 8 * 1024 * 1024;

using Error = tl::unexpected<std::string>;
using Result = tl::expected<std::string, std::string>;

bool IsAlnum(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Result HostPart(std::string_view value) {
  const bool is_fit = std::all_of(value.begin(), value.end(),
                                  [](char c) { return IsAlnum(c) || c == '-' || c == '.'; });
  if (!value.empty() && value.size() <= 253 && is_fit) return std::string(value);
  return Error("is no part of a host name");
}

Result Port(std::string_view value) {
  const bool is_number =
      !value.empty() && value.size() <= 5 && std::all_of(value.begin(), value.end(), &IsDigit);
  return is_number ? Result(std::string(value)) : Error("is no port");
}

/// Whether it is a URL as a whole is seen when it is taken apart.
Result WholeUrl(std::string_view value) {
  const bool is_http = value.starts_with("http://") || value.starts_with("https://");
  if (!is_http) return Error("is no http or https URL");
  const bool is_clean = std::all_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '\\';
  });
  return is_clean ? Result(std::string(value)) : Error("is a URL with a blank or a control in it");
}

Result Line(std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return Error("has a line end or NUL, which no header can hold");
  }
  return std::string(value);
}

Result JsonBare(std::string_view value) {
  const auto json = ParseJson(value);
  // To the parser a NUL is the end: what stands behind it would go out unseen.
  const bool is_whole = value.find('\0') == std::string_view::npos;
  const bool is_scalar = json.is_number() || json.is_boolean() || json.is_null();
  if (!is_whole || !is_scalar)
    return Error("is no JSON number, true, false or null, and stands outside quotes");
  return std::string(value);
}

/// As browsers write it (HTML, 4.10.21.8).
std::string PartHeader(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '"' || c == '\r' || c == '\n' || c == '\0') {
      text += fmt::format("%{:02X}", static_cast<unsigned>(c));
    } else {
      text += c;
    }
  }
  return text;
}

/// A segment `.` or `..`, encoded or not: it takes the request to another path.
bool HasDotSegment(std::string_view url) {
  const std::size_t scheme = url.find("://");
  std::string_view path = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  path = path.substr(0, path.find_first_of("?#"));
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string segment = PercentDecoded(path.substr(0, end));
    if (segment == "." || segment == "..") return true;
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return false;
}

std::size_t LimitOf(Place place) { return place == Place::kUrl ? kUrlLimit : kExpandedLimit; }

}  // namespace

std::vector<std::string> Template::Names() const {
  std::vector<std::string> names;
  for (const Reference& reference : references_) {
    if (std::find(names.begin(), names.end(), reference.name) == names.end()) {
      names.push_back(reference.name);
    }
  }
  return names;
}

std::vector<std::string> Template::HostNames() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    const bool is_host = piece.encoding == Encoding::kHost || piece.encoding == Encoding::kPort ||
                         piece.encoding == Encoding::kWholeUrl;
    if (is_host && !piece.name.empty()) names.push_back(piece.name);
  }
  return names;
}

tl::expected<std::string, std::string> Template::Encode(std::string_view value, Encoding encoding) {
  switch (encoding) {
    case Encoding::kAsItIs:
      break;
    case Encoding::kSegment:
      if (value.empty()) return Error("is empty, and stands in the path of a URL");
      return PercentEncoded(value);
    case Encoding::kPercent:
      return PercentEncoded(value);
    case Encoding::kForm:
      return FormEncoded(value);
    case Encoding::kHost:
      return HostPart(value);
    case Encoding::kPort:
      return Port(value);
    case Encoding::kWholeUrl:
      return WholeUrl(value);
    case Encoding::kLine:
      return Line(value);
    case Encoding::kJson:
      return JsonEscape(value);
    case Encoding::kJsonBare:
      return JsonBare(value);
    case Encoding::kPartHeader:
      return PartHeader(value);
  }
  return std::string(value);
}

tl::expected<Secret, std::string> Template::Expand(const Variables& variables) const {
  std::string text;
  bool is_secret = is_secret_;
  for (const Piece& piece : pieces_) {
    text += piece.text.Reveal();
    if (piece.name.empty()) continue;
    const Secret* value = variables.Find(piece.name);
    if (value == nullptr) return Error("${" + piece.name + "} was not captured");
    is_secret = is_secret || value->is_secret();
    const bool breaks_out =
        !boundary_.empty() && value->Reveal().find(boundary_) != std::string_view::npos;
    auto encoded = breaks_out ? Result(Error("has the boundary of the multipart body in it"))
                              : Encode(value->Reveal(), piece.encoding);
    if (!encoded) return Error("${" + piece.name + "} " + encoded.error());
    text += *encoded;
    if (text.size() > LimitOf(place_)) {
      return Error("with ${" + piece.name + "} it is longer than " +
                   (place_ == Place::kUrl ? "8 KiB" : "8 MiB"));
    }
  }
  if (place_ == Place::kUrl && HasDotSegment(text) && !HasDotSegment(Sample().Reveal())) {
    return Error("a value makes a segment . or .. of the path");
  }
  return Secret(std::move(text), is_secret);
}

Secret Template::Sample() const {
  std::string text;
  for (const Piece& piece : pieces_) {
    text += piece.text.Reveal();
    if (piece.name.empty()) continue;
    if (piece.encoding == Encoding::kWholeUrl) {
      text += "http://x";
    } else {
      text += piece.encoding == Encoding::kPort ? '1' : 'x';
    }
  }
  return Secret(std::move(text), is_secret_);
}

}  // namespace gaikei
