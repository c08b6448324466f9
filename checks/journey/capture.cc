#include "checks/journey/capture.h"

#include <re2/re2.h>

#include <utility>
#include <vector>

#include "checks/expect/json_path_syntax.h"
#include "checks/io/http/http_transfer.h"
#include "checks/io/net/url.h"
#include "checks/journey/variables.h"
#include "checks/parts/json_path.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::int64_t kPatternMemory = std::int64_t{1} << 20U;
constexpr std::size_t kTextLimit = 4096;

using Failure = tl::unexpected<CaptureError>;
using None = tl::unexpected<CompiledCapture::Nothing>;

None NothingThere(Reason reason, std::string why) {
  return None(CompiledCapture::Nothing{reason, std::move(why)});
}

tl::expected<std::shared_ptr<const re2::RE2>, CaptureError> CompilePattern(std::string_view pattern,
                                                                           std::size_t offset) {
  re2::RE2::Options options;
  options.set_max_mem(kPatternMemory);
  options.set_log_errors(false);
  auto compiled =
      std::make_shared<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (compiled->ok()) return compiled;
  return Failure({offset, "the pattern is no RE2 pattern: " + Escape(compiled->error())});
}

/// Wildcards and the like give several values, or none: which one would be taken?
std::optional<std::size_t> FindWildcard(std::string_view path) {
  char quote = '\0';
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (quote != '\0') {
      if (path[i] == quote) quote = '\0';
    } else if (path[i] == '"' || path[i] == '\'') {
      quote = path[i];
    } else if (path[i] == '*') {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace

tl::expected<CompiledCapture, CaptureError> CompiledCapture::Compile(std::string_view from) {
  if (from.size() > kTextLimit) return Failure({kTextLimit, "longer than 4096 bytes"});
  CompiledCapture capture;
  if (from == "body") return capture;
  if (from.starts_with("body ")) {
    const std::size_t begin = from.find_first_not_of(' ', 4);
    const bool is_between = begin != std::string_view::npos && from[begin] == '/' &&
                            from.size() > begin + 1 && from.back() == '/';
    if (!is_between) {
      return Failure({5, "a pattern stands between slashes: body /id=([0-9]+)/"});
    }
    auto pattern = CompilePattern(from.substr(begin + 1, from.size() - begin - 2), begin + 1);
    if (!pattern) return Failure(std::move(pattern.error()));
    capture.pattern_ = std::move(*pattern);
    return capture;
  }
  const std::size_t dot = from.find_first_of(".[");
  const std::string_view first = from.substr(0, dot);
  const bool is_index = dot != std::string_view::npos && from[dot] == '[';
  const std::size_t begin = dot == std::string_view::npos ? from.size() : dot + (is_index ? 0 : 1);
  capture.argument_ = from.substr(begin);
  if (first == "json") {
    capture.what_ = What::kJson;
    if (const auto at = FindWildcard(capture.argument_)) {
      return Failure({begin + *at, "a capture takes one value, so its path has no wildcard"});
    }
    if (auto error = expect::FindJsonPathError(capture.argument_)) {
      return Failure({begin + error->column, std::move(error->message)});
    }
    return capture;
  }
  if (!is_index && (first == "header" || first == "cookie")) {
    capture.what_ = first == "header" ? What::kHeader : What::kCookie;
    // A name of a cookie is a token as well (RFC 6265, 4.1.1).
    if (IsToken(capture.argument_)) return capture;
    return Failure(
        {begin, "\"" + Escape(capture.argument_, 40) + "\" is no name of a " + std::string(first)});
  }
  return Failure({0,
                  "a value is captured from json.PATH, header.NAME, cookie.NAME, body or "
                  "body /PATTERN/"});
}

tl::expected<std::string, CompiledCapture::Nothing> CompiledCapture::Take(
    const CaptureSource& source) const {
  auto value = what_ == What::kJson     ? TakeJson(source)
               : what_ == What::kHeader ? TakeHeader(source)
               : what_ == What::kCookie ? TakeCookie(source)
                                        : TakeBody(source);
  if (!value) return value;
  const Reason reason = what_ == What::kJson   ? Reason::kExpectJson
                        : what_ == What::kBody ? Reason::kExpectBody
                                               : Reason::kExpectHeader;
  if (value->empty()) return NothingThere(reason, "it is empty");
  if (value->size() > kCapturedLimit) return NothingThere(reason, "it is longer than 64 KiB");
  if (value->find('\0') != std::string::npos) return NothingThere(reason, "there is NUL in it");
  return value;
}

tl::expected<std::string, CompiledCapture::Nothing> CompiledCapture::TakeJson(
    const CaptureSource& source) const {
  if (source.answer.size > source.answer.body.size()) {
    return NothingThere(Reason::kExpectJson, "the body is too large to be inspected");
  }
  auto text = JsonDocument(source.answer.body).Text(argument_);
  if (!text) return NothingThere(Reason::kExpectJson, std::move(text.error()));
  return std::move(*text);
}

tl::expected<std::string, CompiledCapture::Nothing> CompiledCapture::TakeHeader(
    const CaptureSource& source) const {
  for (const auto& [name, value] : source.answer.head.fields()) {
    if (!io::EqualsIgnoringCase(name, argument_)) continue;
    if (!io::EqualsIgnoringCase(name, "location") || value.empty()) return value;
    auto absolute = io::ResolveUrl(source.url, value);
    if (absolute) return std::move(absolute->text);
    return NothingThere(Reason::kExpectHeader, absolute.error().message);
  }
  return NothingThere(Reason::kExpectHeader, "no such header");
}

tl::expected<std::string, CompiledCapture::Nothing> CompiledCapture::TakeCookie(
    const CaptureSource& source) const {
  if (const auto cookie = source.transfer.Cookie(argument_, source.url)) {
    return std::string(cookie->Reveal());
  }
  return NothingThere(Reason::kExpectHeader, "no such cookie");
}

tl::expected<std::string, CompiledCapture::Nothing> CompiledCapture::TakeBody(
    const CaptureSource& source) const {
  const std::string& body = source.answer.body;
  if (pattern_ == nullptr) return body.substr(0, kCapturedLimit);
  re2::StringPiece groups[2];
  const int wanted = pattern_->NumberOfCapturingGroups() > 0 ? 2 : 1;
  const re2::StringPiece text(body);
  if (!pattern_->Match(text, 0, text.size(), re2::RE2::UNANCHORED, groups, wanted)) {
    const bool is_cut = source.answer.size > body.size();
    return NothingThere(Reason::kExpectBody,
                        is_cut ? "nothing matches in the part that was kept" : "nothing matches");
  }
  const re2::StringPiece& found = groups[wanted - 1];
  return std::string(found.data() == nullptr ? "" : found.data(), found.size());
}

}  // namespace gaikei
