#include "probe/import/har.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checks/io/net/url.h"
#include "probe/config/headers.h"
#include "probe/import/har_entry.h"
#include "probe/import/import_url.h"
#include "probe/import/request_body.h"
#include "probe/import/verify.h"
#include "results/ascii.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Refused = tl::unexpected<std::string>;

/// What belongs to a connection, to a browser's cache or to the browser itself: another client has
/// its own. Cookies are kept from step to step.
bool IsLeftOut(std::string_view name) {
  static constexpr std::array<std::string_view, 22> kNames = {"connection",
                                                              "keep-alive",
                                                              "proxy-connection",
                                                              "proxy-authorization",
                                                              "te",
                                                              "trailer",
                                                              "transfer-encoding",
                                                              "upgrade",
                                                              "content-length",
                                                              "host",
                                                              "cookie",
                                                              "accept-encoding",
                                                              "user-agent",
                                                              "cache-control",
                                                              "pragma",
                                                              "dnt",
                                                              "priority",
                                                              "range",
                                                              "upgrade-insecure-requests",
                                                              "purpose",
                                                              "save-data",
                                                              "expect"};
  const std::string lower = LowerCase(name);
  return lower.starts_with(':') || lower.starts_with("sec-") || lower.starts_with("if-") ||
         std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

bool EndsWithAny(std::string_view text, std::span<const std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view end) { return text.ends_with(end); });
}

/// By the recorder's word, else by the type of the answer, else by the name.
bool IsStatic(const HarEntry& entry) {
  static constexpr std::array<std::string_view, 7> kTypes = {
      "image", "font", "stylesheet", "script", "media", "manifest", "texttrack"};
  static constexpr std::array<std::string_view, 16> kEnds = {
      ".png", ".jpg", ".jpeg", ".gif", ".svg",  ".ico", ".webp",  ".avif",
      ".css", ".js",  ".mjs",  ".map", ".woff", ".ttf", ".woff2", ".mp4"};
  if (!entry.type.empty()) {
    return std::find(kTypes.begin(), kTypes.end(), entry.type) != kTypes.end();
  }
  const std::string& type = entry.answer_type;
  for (const std::string_view prefix : {"image/", "font/", "audio/", "video/", "text/css"}) {
    if (type.starts_with(prefix)) return true;
  }
  if (type.find("javascript") != std::string::npos || type.find("font") != std::string::npos) {
    return true;
  }
  if (!type.empty()) return false;
  return EndsWithAny(std::string_view(entry.url).substr(0, entry.url.find_first_of("?#")), kEnds);
}

/// How many were left out, and why.
struct LeftOut {
  std::size_t not_http = 0, of_other_hosts = 0, of_other_types = 0, is_static = 0, unanswered = 0;

  void AddTo(std::vector<std::string>& notes) const {
    const auto add = [&](std::size_t count, std::string_view what) {
      if (count > 0) notes.push_back(fmt::format("Left out: {} {}", count, what));
    };
    add(not_http, "that are no requests of http or https");
    add(of_other_hosts, "of other hosts");
    add(of_other_types, "of other types");
    add(is_static, "images, fonts, styles, scripts and media (--all imports them)");
    add(unanswered, "that were never answered");
  }
};

bool IsWanted(const HarEntry& entry, const HarOptions& options, LeftOut& left_out) {
  const auto url = io::ParseUrl(BareUrl(entry.url));
  const bool has_scheme = entry.url.find("://") != std::string::npos;
  if (!has_scheme || !url || (url->scheme != "http" && url->scheme != "https")) {
    ++left_out.not_http;
    return false;
  }
  const auto is_one_of = [](const std::vector<std::string>& names, std::string_view name) {
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& one) {
             return EqualsIgnoringCase(one, name);
           });
  };
  if (!is_one_of(options.hosts, url->host)) {
    ++left_out.of_other_hosts;
  } else if (!is_one_of(options.types, entry.type)) {
    ++left_out.of_other_types;
  } else if (!options.all && options.types.empty() && IsStatic(entry)) {
    ++left_out.is_static;
  } else if (entry.status == 0) {
    ++left_out.unanswered;
  } else {
    return true;
  }
  return false;
}

void AddBody(const HarEntry& entry, HeaderList& headers, ImportedStep& step, SecretNames& secrets) {
  const std::string type =
      entry.body_type.empty() ? HeaderValue(headers, "Content-Type") : entry.body_type;
  const bool is_multipart = type.starts_with("multipart/");
  if (entry.has_files || (is_multipart && !entry.has_body)) {
    step.comments.push_back("its files were not recorded: give it a body");
  }
  if (!entry.has_body) return;
  ImportedBody body = ImportBody(type, entry.body, step.name, secrets);
  if (!body.brings.empty() &&
      EqualsIgnoringCase(HeaderValue(headers, "Content-Type"), body.brings)) {
    RemoveHeader(headers, "Content-Type");
  } else if (!type.empty() && !EqualsIgnoringCase(type, body.brings)) {
    AddHeaderUnlessThere(headers, "Content-Type", type);
  }
  step.keys.emplace_back(std::move(body.key), std::move(body.value));
}

tl::expected<ImportedStep, std::string> StepOf(const HarEntry& entry,
                                               const std::vector<ImportedStep>& others,
                                               SecretNames& secrets) {
  if (!IsToken(entry.method)) return Refused("no HTTP method");
  ImportedStep step;
  step.name = StepName(entry.method, entry.url, others);
  step.comments.push_back(entry.time > 0 ? fmt::format("recorded: {} in {:.0f} ms", entry.status,
                                                       std::min(entry.time, 1e9))
                                         : fmt::format("recorded: {}", entry.status));
  if (auto done = ImportUrl(entry.url, step, secrets); !done) return Refused(done.error());
  if (entry.method != "GET") step.keys.insert(step.keys.begin() + 1, {"method", entry.method});
  HeaderList headers;
  for (const auto& header : entry.headers) {
    if (!IsLeftOut(header.first)) headers.push_back(header);
  }
  // The browser has sent what stands in the URL.
  const bool has_auth = std::any_of(step.keys.begin(), step.keys.end(),
                                    [](const auto& key) { return key.first == "auth"; });
  if (has_auth) RemoveHeader(headers, "Authorization");
  ImportedStep body;
  body.name = step.name;
  AddBody(entry, headers, body, secrets);
  if (auto done = AddHeaders(headers, step, secrets); !done) return Refused(done.error());
  step.comments.insert(step.comments.end(), body.comments.begin(), body.comments.end());
  step.keys.insert(step.keys.end(), body.keys.begin(), body.keys.end());
  // The browser followed, and recorded the next request by itself: a step of its own.
  if (entry.status >= 300 && entry.status < 400 && entry.status != 304) {
    step.keys.emplace_back("max_redirects", std::int64_t{0});
  }
  // What was not modified since the browser had it is sent to whoever has it not.
  const int status = entry.status == 304 ? 200 : entry.status;
  step.keys.emplace_back("expect", TomlValue::Array{fmt::format("status == {}", status)});
  return step;
}

}  // namespace

tl::expected<ImportedJourney, std::string> ImportHar(std::string_view text,
                                                     const HarOptions& options) {
  if (text.size() > kImportLimit) return Refused("larger than 16 MiB");
  // Some recorders begin with a byte order mark.
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto entries = ReadHarEntries(text);
  if (!entries) return Refused(entries.error());
  ImportedJourney journey;
  journey.name = options.name;
  journey.source = "har";
  LeftOut left_out;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const HarEntry& entry = (*entries)[i];
    if (!IsWanted(entry, options, left_out)) continue;
    if (journey.steps.size() == kImportedSteps) {
      return Refused(
          fmt::format("more than {} requests; choose by --host or --type", kImportedSteps));
    }
    auto step = StepOf(entry, journey.steps, journey.secrets);
    if (!step) return Refused(fmt::format("request {}: {}", i + 1, step.error()));
    journey.steps.push_back(std::move(*step));
  }
  left_out.AddTo(journey.notes);
  if (journey.steps.empty()) {
    std::string why = "no request to import";
    for (const std::string& note : journey.notes) why += "; " + note;
    return Refused(why);
  }
  if (std::string why = WhyInvalid(journey); !why.empty()) return Refused(std::move(why));
  return journey;
}

}  // namespace gaikei
