#include "checks/http/aws_sigv4.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "checks/io/tls/digest.h"
#include "results/ascii.h"
#include "results/http_text.h"

namespace gaikei {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

bool IsUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// Everything but the unreserved characters and `kept` (RFC 3986, 2.3).
std::string Encode(std::string_view bytes, char kept) {
  std::string text;
  for (const char c : bytes) {
    if (IsUnreserved(c) || c == kept) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string CanonicalPath(std::string_view path, bool is_s3) {
  if (path.empty()) return "/";
  if (is_s3) return Encode(PercentDecoded(path), '/');
  std::string single;
  for (const char c : path) {
    if (c != '/' || single.empty() || single.back() != '/') single += c;
  }
  return Encode(single, '/');
}

std::string EncodeQueryPart(std::string_view part) {
  std::string plain(part);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return Encode(PercentDecoded(plain), '\0');
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (!pair.empty()) {
      pairs.emplace_back(EncodeQueryPart(pair.substr(0, equals)),
                         EncodeQueryPart(pair.substr(std::min(equals + 1, pair.size()))));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs) {
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

/// Blanks around it removed, several in a row made one.
std::string Squeeze(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool is_blank = c == ' ' || c == '\t';
    if (!is_blank) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

/// Fields that are signed, by lower-case name.
using SignedFields = std::map<std::string, std::string>;

void AddSigned(std::string_view name, std::string_view value, SignedFields& fields) {
  std::string& all = fields[LowerCase(name)];
  all += (all.empty() ? "" : ",") + Squeeze(value);
}

std::string Signature(const HttpAuth& auth, std::string_view day, std::string_view text) {
  std::string key = "AWS4";
  key += auth.secret_key.Reveal();
  for (const std::string_view part :
       {day, std::string_view(auth.aws_region), std::string_view(auth.aws_service),
        std::string_view("aws4_request")}) {
    key = std::string(Secret(io::HmacSha256(key, part)).Reveal());
  }
  return io::EncodeHex(io::HmacSha256(key, text));
}

}  // namespace

std::vector<std::pair<std::string, Secret>> SignForAws(const HttpAuth& auth,
                                                       const AwsRequest& request) {
  const bool is_s3 = auth.aws_service == "s3";
  const std::string body_hash = io::EncodeHex(io::Sha256(request.body));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(request.now);
  const std::string time =
      fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  const std::string day = time.substr(0, 8);

  std::vector<std::pair<std::string, Secret>> sent;
  sent.emplace_back("X-Amz-Date", Secret(time, false));
  if (!auth.session_token.empty()) {
    sent.emplace_back("X-Amz-Security-Token", Secret(std::string(auth.session_token.Reveal())));
  }
  if (is_s3) sent.emplace_back("X-Amz-Content-Sha256", Secret(body_hash, false));

  SignedFields fields;
  AddSigned("host", request.host, fields);
  for (const auto& [name, value] : request.headers) {
    const std::string lower = LowerCase(name);
    if (lower == "content-type" || lower.starts_with("x-amz-")) AddSigned(name, value, fields);
  }
  for (const auto& [name, value] : sent) AddSigned(name, value.Reveal(), fields);

  std::string names;
  std::string lines;
  for (const auto& [name, value] : fields) {
    names += (names.empty() ? "" : ";") + name;
    lines += name + ":" + value + "\n";
  }
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, CanonicalPath(request.path, is_s3),
                  CanonicalQuery(request.query), lines, names, body_hash);
  const std::string scope =
      fmt::format("{}/{}/{}/aws4_request", day, auth.aws_region, auth.aws_service);
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, io::EncodeHex(io::Sha256(canonical)));
  sent.emplace_back(
      "Authorization",
      Secret(fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                         auth.access_key.Reveal(), scope, names, Signature(auth, day, text))));
  return sent;
}

}  // namespace gaikei
