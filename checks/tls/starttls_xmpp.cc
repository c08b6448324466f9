#include "checks/tls/starttls_xmpp.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "results/text.h"

namespace gaikei {
namespace {

std::string EscapeAttribute(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// Place behind the '>' that ends the tag in front, none inside quotes; npos: not there yet.
std::size_t EndOfTag(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '>') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

/// "starttls" of "<x:starttls xmlns='...'/>" and of "</x:starttls>".
std::string LocalName(std::string_view tag) {
  tag.remove_prefix(tag.starts_with("</") ? 2 : 1);
  tag = tag.substr(0, tag.find_first_of(" \t\r\n/>"));
  const std::size_t colon = tag.find(':');
  return std::string(colon == std::string_view::npos ? tag : tag.substr(colon + 1));
}

class XmppDialogue final : public StartTlsDialogue {
 public:
  explicit XmppDialogue(std::string host) : host_(std::move(host)) {}

 private:
  static constexpr std::size_t kDepthLimit = 16;
  static constexpr std::string_view kBlanks = " \t\r\n";

  void Begin() override {
    Say(fmt::format("<?xml version='1.0'?><stream:stream to='{}' version='1.0' xml:lang='en' "
                    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
                    EscapeAttribute(host_)),
        fmt::format("<stream:stream to='{}'>", host_), "the stream header");
  }

  bool TakeUnit(std::string& input) override {
    if (input.front() != '<') {
      TakeText(input);
      return is_talking();
    }
    const std::size_t end = EndOfTag(input);
    if (std::min(end, input.size()) > kUnitLimit) {
      Fail(Reason::kTooLarge, fmt::format("a tag longer than {} KiB", kUnitLimit / 1024));
      return false;
    }
    if (end == std::string::npos) return false;
    const std::string tag = input.substr(0, end);
    input.erase(0, end);
    Note(tag);
    OnTag(tag);
    // A line break behind the features is no answer to what is asked next.
    if (is_talking()) input.erase(0, std::min(input.find_first_not_of(kBlanks), input.size()));
    return true;
  }

  /// Text between tags says nothing here. Outside of elements it may be blanks alone.
  void TakeText(std::string& input) {
    const std::size_t end = std::min(input.find('<'), input.size());
    const std::string_view text = std::string_view(input).substr(0, end);
    if (open_.size() < 2 && text.find_first_not_of(kBlanks) != std::string_view::npos) {
      return FailForeign(text);
    }
    input.erase(0, end);
  }

  void OnTag(const std::string& tag) {
    if (tag.starts_with("<?xml") && open_.empty()) return;
    if (tag.starts_with("<!") || tag.starts_with("<?")) return FailForeign(tag);
    const std::string name = LocalName(tag);
    if (tag.starts_with("</")) {
      if (open_.empty() || open_.back() != name) return FailForeign(tag);
      return Close(name);
    }
    if (open_.empty() && name != "stream") return FailForeign(tag);
    if (open_.size() >= kDepthLimit) {
      return Fail(Reason::kTooLarge, fmt::format("elements {} deep", kDepthLimit));
    }
    open_.push_back(name);
    OnOpened(name);
    if (tag.ends_with("/>") && is_talking()) Close(name);
  }

  void OnOpened(const std::string& name) {
    if (open_.size() == 1) return Await("the stream's features");
    if (open_.size() != 3) return;
    if (open_[1] == "features" && name == "starttls") is_offered_ = true;
    // The condition is the first of an error's children, and named after what is wrong.
    if (open_[1] == "error") {
      Fail(Reason::kTlsProtocol, "server refuses: stream error " + Escape(name, 80));
    }
  }

  void Close(const std::string& name) {
    open_.pop_back();
    if (open_.empty()) return Fail(Reason::kTlsProtocol, "server closes the stream");
    if (open_.size() != 1) return;
    if (!is_asked_ && name == "features") {
      if (!is_offered_) return FailUnoffered();
      is_asked_ = true;
      constexpr std::string_view kRequest = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
      return Say(kRequest, kRequest, "the answer to starttls");
    }
    if (is_asked_ && name == "proceed") return Agree();
    if (is_asked_ && name == "failure") {
      return Fail(Reason::kTlsProtocol, "server refuses: it answers starttls with failure");
    }
    Fail(Reason::kProtocolError, "unexpected element " + Escape(name, 80));
  }

  void FailForeign(std::string_view text) {
    Fail(Reason::kProtocolError, "not XMPP: " + Escape(text.substr(0, 80), 80));
  }

  const std::string host_;
  std::vector<std::string> open_;  ///< elements that are open, outermost first
  bool is_offered_ = false;
  bool is_asked_ = false;
};

}  // namespace

std::unique_ptr<StartTlsDialogue> MakeXmppDialogue(const std::string& host) {
  return std::make_unique<XmppDialogue>(host);
}

}  // namespace gaikei
