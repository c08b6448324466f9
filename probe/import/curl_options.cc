#include "probe/import/curl_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// Thrown by the handlers below, caught by ReadCurlOptions alone.
struct RefusedOption {
  std::string message;
};

using Handler = void (*)(CurlRequest& request, const std::string& value);

/// One option of curl that is known.
struct Option {
  std::string_view name;  ///< long, without its dashes
  char letter;            ///< '\0': it has none
  bool takes_value;
  Handler handle;
};

void Ignore(CurlRequest&, const std::string&) {}

void Join(std::string& list, std::string_view separator, const std::string& more) {
  if (!list.empty()) list += separator;
  list += more;
}

void AddData(CurlRequest& request, const std::string& text) {
  if (request.has_data) request.data += '&';
  request.data += text;
  request.has_data = true;
}

void Data(CurlRequest& request, const std::string& value) {
  if (value.starts_with('@'))
    throw RefusedOption{"a body from a file is not imported; write it out"};
  AddData(request, value);
}

void DataUrlEncode(CurlRequest& request, const std::string& value) {
  const std::size_t at = value.find_first_of("=@");
  if (at != std::string::npos && value[at] == '@') {
    throw RefusedOption{"a body from a file is not imported; write it out"};
  }
  if (at == std::string::npos) return AddData(request, PercentEncoded(value));
  const std::string name = value.substr(0, at);
  AddData(request, (name.empty() ? "" : name + "=") + PercentEncoded(value.substr(at + 1)));
}

void JsonData(CurlRequest& request, const std::string& value) {
  if (value.starts_with('@'))
    throw RefusedOption{"a body from a file is not imported; write it out"};
  request.data += value;
  request.has_data = true;
  request.is_json = true;
}

void FormPart(CurlRequest& request, const std::string& value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0) throw RefusedOption{"a part has no name"};
  std::string text = value.substr(equals + 1);
  if (text.starts_with('@') || text.starts_with('<')) {
    throw RefusedOption{"a part from a file is not imported"};
  }
  std::string type;
  if (const std::size_t at = text.rfind(";type="); at != std::string::npos) {
    type = text.substr(at + 6);
    text.erase(at);
  }
  for (const std::string_view more : {";filename=", ";headers=", ";encoder="}) {
    if (text.find(more) != std::string::npos || type.find(';') != std::string::npos) {
      throw RefusedOption{"a part with more than a type is not imported"};
    }
  }
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  request.parts.push_back({value.substr(0, equals), std::move(text), std::move(type)});
}

void FormString(CurlRequest& request, const std::string& value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0) throw RefusedOption{"a part has no name"};
  request.parts.push_back({value.substr(0, equals), value.substr(equals + 1), {}});
}

void HeaderField(CurlRequest& request, const std::string& value) {
  if (value.starts_with('@')) throw RefusedOption{"headers from a file are not imported"};
  request.headers.push_back(value);
}

void Cookie(CurlRequest& request, const std::string& value) {
  if (value.find('=') == std::string::npos) {
    throw RefusedOption{"cookies from a file are not imported; what steps set is kept by itself"};
  }
  Join(request.cookies, ";", value);
}

void Certificate(CurlRequest& request, const std::string& value) {
  // FILE:PASSWORD; a colon behind a backslash belongs to the name.
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\') ++i;
    if (i < value.size() && value[i] == ':') {
      throw RefusedOption{"a certificate with a password is not imported"};
    }
  }
  request.keys.emplace_back("cert", value);
}

void PemOnly(CurlRequest&, const std::string& value) {
  if (value != "PEM" && value != "pem") throw RefusedOption{"certificates and keys are PEM files"};
}

void MaxTime(CurlRequest& request, const std::string& value) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(seconds) ||
      seconds < 0.001 || seconds > 3600) {
    throw RefusedOption{fmt::format("\"{}\" is no time from 0.001 to 3600 seconds", Escape(value))};
  }
  request.keys.emplace_back("timeout", fmt::format("{:.0f}ms", std::ceil(seconds * 1000)));
}

void MaxRedirects(CurlRequest& request, const std::string& value) {
  int count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc() || end != value.data() + value.size() || count < 0 || count > 50) {
    throw RefusedOption{fmt::format("\"{}\" is no number from 0 to 50", Escape(value))};
  }
  request.keys.emplace_back("max_redirects", std::int64_t{count});
}

template <char const* kNote>
void Note(CurlRequest& request, const std::string& value) {
  request.comments.push_back(
      fmt::format("{}{}: not imported", kNote, value.empty() ? value : " " + value));
}

constexpr char kConnectTimeout[] = "--connect-timeout";
constexpr char kRetry[] = "--retry";
constexpr char kRetryDelay[] = "--retry-delay";
constexpr char kRetryTime[] = "--retry-max-time";
constexpr char kKeepalive[] = "--keepalive-time";
constexpr char kSpeedLimit[] = "--speed-limit";
constexpr char kSpeedTime[] = "--speed-time";
constexpr char kHttp2[] = "--http2";
constexpr char kHttp3[] = "--http3";
constexpr char kExpect100[] = "--expect100-timeout";

void Key(CurlRequest& request, std::string_view key, TomlValue value) {
  request.keys.emplace_back(std::string(key), std::move(value));
}

using Request = CurlRequest;
using Text = const std::string&;

constexpr std::array kOptions = {
    // What is asked for.
    Option{"url", 0, true, [](Request& r, Text v) { r.urls.push_back(v); }},
    Option{"request", 'X', true, [](Request& r, Text v) { r.method = v; }},
    Option{"header", 'H', true, &HeaderField},
    Option{"data", 'd', true, &Data},
    Option{"data-ascii", 0, true, &Data},
    Option{"data-binary", 0, true, &Data},
    Option{"data-raw", 0, true, &AddData},
    Option{"data-urlencode", 0, true, &DataUrlEncode},
    Option{"json", 0, true, &JsonData},
    Option{"form", 'F', true, &FormPart},
    Option{"form-string", 0, true, &FormString},
    Option{"get", 'G', false, [](Request& r, Text) { r.uses_get = true; }},
    Option{"head", 'I', false, [](Request& r, Text) { r.is_head = true; }},
    Option{"user-agent", 'A', true,
           [](Request& r, Text v) { r.headers.push_back("User-Agent: " + v); }},
    Option{"referer", 'e', true, [](Request& r, Text v) { r.headers.push_back("Referer: " + v); }},
    Option{"cookie", 'b', true, &Cookie},
    Option{"user", 'u', true, [](Request& r, Text v) { r.user = v; }},
    Option{"basic", 0, false, [](Request& r, Text) { r.auth = "basic"; }},
    Option{"digest", 0, false, [](Request& r, Text) { r.auth = "digest"; }},
    Option{"oauth2-bearer", 0, true, [](Request& r, Text v) { r.bearer = v; }},
    // How it gets there.
    Option{"location", 'L', false, [](Request& r, Text) { r.follows = true; }},
    Option{"max-redirs", 0, true, &MaxRedirects},
    Option{"fail", 'f', false, [](Request& r, Text) { r.fails = true; }},
    Option{"fail-with-body", 0, false, [](Request& r, Text) { r.fails = true; }},
    Option{"globoff", 'g', false, [](Request& r, Text) { r.globs = false; }},
    Option{"max-time", 'm', true, &MaxTime},
    Option{"compressed", 0, false, [](Request& r, Text) { Key(r, "compression", true); }},
    Option{"http1.1", 0, false, [](Request& r, Text) { Key(r, "http", "1.1"); }},
    Option{"http2", 0, false, &Note<kHttp2>},
    Option{"http2-prior-knowledge", 0, false, [](Request& r, Text) { Key(r, "http", "2"); }},
    Option{"http3-only", 0, false, [](Request& r, Text) { Key(r, "http", "3"); }},
    Option{"http3", 0, false, &Note<kHttp3>},
    Option{"ipv4", '4', false, [](Request& r, Text) { Key(r, "family", "ipv4"); }},
    Option{"ipv6", '6', false, [](Request& r, Text) { Key(r, "family", "ipv6"); }},
    Option{"resolve", 0, true, [](Request& r, Text v) { r.resolve.push_back(v); }},
    Option{"connect-to", 0, true, [](Request& r, Text v) { r.connect_to.push_back(v); }},
    Option{"unix-socket", 0, true, [](Request& r, Text v) { Key(r, "unix_socket", v); }},
    Option{"proxy", 'x', true, [](Request& r, Text v) { r.proxy = v; }},
    Option{"proxy-user", 'U', true, [](Request& r, Text v) { r.proxy_user = v; }},
    // TLS.
    Option{"insecure", 'k', false, [](Request& r, Text) { Key(r, "insecure", true); }},
    Option{"cacert", 0, true, [](Request& r, Text v) { Key(r, "cacert", v); }},
    Option{"cert", 'E', true, &Certificate},
    Option{"cert-type", 0, true, &PemOnly},
    Option{"key", 0, true, [](Request& r, Text v) { Key(r, "key", v); }},
    Option{"key-type", 0, true, &PemOnly},
    Option{"ciphers", 0, true, [](Request& r, Text v) { Key(r, "ciphers", v); }},
    Option{"tlsv1", '1', false, &Ignore},
    Option{"tlsv1.0", 0, false, [](Request& r, Text) { Key(r, "min_version", "1.0"); }},
    Option{"tlsv1.1", 0, false, [](Request& r, Text) { Key(r, "min_version", "1.1"); }},
    Option{"tlsv1.2", 0, false, [](Request& r, Text) { Key(r, "min_version", "1.2"); }},
    Option{"tlsv1.3", 0, false, [](Request& r, Text) { Key(r, "min_version", "1.3"); }},
    Option{"tls-max", 0, true, [](Request& r, Text v) { Key(r, "max_version", v); }},
    // What has no counterpart and does no harm.
    Option{"connect-timeout", 0, true, &Note<kConnectTimeout>},
    Option{"retry", 0, true, &Note<kRetry>},
    Option{"retry-delay", 0, true, &Note<kRetryDelay>},
    Option{"retry-max-time", 0, true, &Note<kRetryTime>},
    Option{"keepalive-time", 0, true, &Note<kKeepalive>},
    Option{"speed-limit", 'Y', true, &Note<kSpeedLimit>},
    Option{"speed-time", 'y', true, &Note<kSpeedTime>},
    Option{"expect100-timeout", 0, true, &Note<kExpect100>},
    // What is done with the answer.
    Option{"output", 'o', true, &Ignore},
    Option{"output-dir", 0, true, &Ignore},
    Option{"create-dirs", 0, false, &Ignore},
    Option{"remote-name", 'O', false, &Ignore},
    Option{"remote-name-all", 0, false, &Ignore},
    Option{"remote-header-name", 'J', false, &Ignore},
    Option{"cookie-jar", 'c', true, &Ignore},
    Option{"dump-header", 'D', true, &Ignore},
    Option{"write-out", 'w', true, &Ignore},
    Option{"stderr", 0, true, &Ignore},
    Option{"trace", 0, true, &Ignore},
    Option{"trace-ascii", 0, true, &Ignore},
    Option{"trace-time", 0, false, &Ignore},
    Option{"silent", 's', false, &Ignore},
    Option{"show-error", 'S', false, &Ignore},
    Option{"verbose", 'v', false, &Ignore},
    Option{"include", 'i', false, &Ignore},
    Option{"no-buffer", 'N', false, &Ignore},
    Option{"progress-bar", '#', false, &Ignore},
    Option{"no-progress-meter", 0, false, &Ignore},
    Option{"styled-output", 0, false, &Ignore},
    Option{"no-styled-output", 0, false, &Ignore},
    Option{"no-keepalive", 0, false, &Ignore},
    Option{"no-sessionid", 0, false, &Ignore},
    Option{"tcp-nodelay", 0, false, &Ignore},
    Option{"disable", 'q', false, &Ignore},
    Option{"fail-early", 0, false, &Ignore},
    Option{"parallel", 'Z', false, &Ignore},
    Option{"junk-session-cookies", 'j', false, &Ignore},
};

class Reader {
 public:
  explicit Reader(std::span<const std::string> words) : words_(words) {}

  std::vector<CurlRequest> Read() {
    requests_.emplace_back();
    bool are_options_over = false;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (are_options_over || word.size() < 2 || word[0] != '-') {
        if (word == "-") throw RefusedOption{"a URL from standard input is not imported"};
        requests_.back().urls.push_back(word);
      } else if (word == "--") {
        are_options_over = true;
      } else if (word == "--next" || word == "-:") {
        requests_.emplace_back();
      } else if (word[1] == '-') {
        Long(word);
      } else {
        Letters(word);
      }
    }
    for (const CurlRequest& request : requests_) {
      if (request.urls.empty()) throw RefusedOption{"no URL"};
    }
    return std::move(requests_);
  }

 private:
  void Long(const std::string& word) {
    const auto option = std::find_if(kOptions.begin(), kOptions.end(), [&](const Option& known) {
      return known.name == std::string_view(word).substr(2);
    });
    if (option == kOptions.end()) {
      throw RefusedOption{fmt::format("option {} cannot be imported", Escape(word))};
    }
    Handle(*option, word, option->takes_value ? Next(word) : std::string());
  }

  /// -sSL, -XPOST, -X POST
  void Letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const auto option = std::find_if(kOptions.begin(), kOptions.end(), [&](const Option& known) {
        return known.letter == word[i];
      });
      const std::string shown = fmt::format("-{}", Escape(word.substr(i, 1)));
      if (option == kOptions.end() || word[i] == '\0') {
        throw RefusedOption{fmt::format("option {} cannot be imported", shown)};
      }
      if (!option->takes_value) {
        Handle(*option, shown, {});
        continue;
      }
      const std::string attached = word.substr(i + 1);
      return Handle(*option, shown, attached.empty() ? Next(shown) : attached);
    }
  }

  std::string Next(const std::string& option) {
    if (at_ == words_.size()) {
      throw RefusedOption{fmt::format("option {} has no value", Escape(option))};
    }
    return words_[at_++];
  }

  void Handle(const Option& option, const std::string& shown, const std::string& value) {
    try {
      option.handle(requests_.back(), value);
    } catch (const RefusedOption& refused) {
      throw RefusedOption{fmt::format("{}: {}", shown, refused.message)};
    }
  }

  std::span<const std::string> words_;
  std::size_t at_ = 0;
  std::vector<CurlRequest> requests_;
};

}  // namespace

tl::expected<std::vector<CurlRequest>, std::string> ReadCurlOptions(
    std::span<const std::string> words) {
  try {
    return Reader(words).Read();
  } catch (const RefusedOption& refused) {
    return tl::unexpected(refused.message);
  }
}

}  // namespace gaikei
