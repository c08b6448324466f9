#include "checks/tls/starttls_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "results/ascii.h"
#include "results/text.h"

namespace gaikei {
namespace {

char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Whether `text` begins with the word (upper case), and nothing or a blank follows.
bool BeginsWithWord(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (Upper(text[i]) != word[i]) return false;
  }
  return text.size() == word.size() || text[word.size()] == ' ';
}

/// Whether the word (upper case) is one of those between blanks.
bool HasWord(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    if (BeginsWithWord(text, word)) return true;
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return false;
    text.remove_prefix(blank + 1);
  }
  return false;
}

/// Cuts the input into lines.
class LineDialogue : public StartTlsDialogue {
 protected:
  explicit LineDialogue(std::string_view protocol) : protocol_(protocol) {}

  void Begin() override {}

  bool TakeUnit(std::string& input) final {
    if (!MayBegin(input.front())) {
      FailForeign(input.substr(0, 80));
      return false;
    }
    const std::size_t end = input.find('\n');
    if (std::min(end, input.size()) > kUnitLimit) {
      Fail(Reason::kTooLarge, fmt::format("a line longer than {} KiB", kUnitLimit / 1024));
      return false;
    }
    if (end == std::string::npos) return false;
    std::string line = input.substr(0, end);
    if (line.ends_with('\r')) line.pop_back();
    input.erase(0, end + 1);
    Note(line);
    OnLine(line);
    return true;
  }

  /// Whether a line of the protocol can begin so, at this point.
  virtual bool MayBegin(char first) const = 0;
  virtual void OnLine(std::string_view line) = 0;

  /// `name` is how it is called in messages.
  void Command(std::string_view command, std::string_view name) {
    Say(std::string(command) + "\r\n", command, fmt::format("the answer to {}", name));
  }

  void FailForeign(std::string_view bytes) {
    Fail(Reason::kProtocolError, fmt::format("not {}: {}", protocol_, Escape(bytes, 80)));
  }

  void FailRefused(std::string_view line) {
    Fail(Reason::kTlsProtocol, fmt::format("server refuses: {}", Escape(line, 160)));
  }

 private:
  const std::string_view protocol_;
};

/// Replies of SMTP (RFC 5321, 4.2) and FTP (RFC 959, 4.2): three digits, several lines marked by a
/// hyphen behind them.
class ReplyDialogue : public LineDialogue {
 protected:
  /// `is_strict`: every line of a reply bears its code. FTP lets the lines between be anything.
  ReplyDialogue(std::string_view protocol, bool is_strict)
      : LineDialogue(protocol), is_strict_(is_strict) {}

  /// `text`: a line of the reply without code and separator.
  virtual void OnText(std::string_view text) = 0;
  /// The reply is complete; `line` is its last line.
  virtual void OnReply(int code, std::string_view line) = 0;

  bool MayBegin(char first) const final { return IsDigit(first) || (!is_strict_ && code_); }

  void OnLine(std::string_view line) final {
    const std::optional<int> code = CodeOf(line);
    const bool is_last = code && (line.size() == 3 || line[3] == ' ');
    if (!is_strict_ && code_ && !(is_last && code == code_)) return;
    if (!code || (code_ && code != code_)) return FailForeign(line);
    code_ = code;
    OnText(line.size() > 4 ? line.substr(4) : std::string_view());
    if (!is_last) return;
    code_.reset();
    OnReply(*code, line);
  }

 private:
  static std::optional<int> CodeOf(std::string_view line) {
    if (line.size() < 3 || line[0] < '1' || line[0] > '5' || !IsDigit(line[1]) || !IsDigit(line[2]))
      return std::nullopt;
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return std::nullopt;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  }

  const bool is_strict_;
  std::optional<int> code_;  ///< of a reply whose last line has not come
};

class SmtpDialogue final : public ReplyDialogue {
 public:
  SmtpDialogue() : ReplyDialogue("SMTP", true) {}

 private:
  enum class Step { kGreeting, kHello, kStartTls };

  void OnText(std::string_view text) override {
    if (step_ == Step::kHello && BeginsWithWord(text, "STARTTLS")) is_offered_ = true;
  }

  void OnReply(int code, std::string_view line) override {
    switch (step_) {
      case Step::kGreeting:
        if (code != 220) return FailRefused(line);
        step_ = Step::kHello;
        // A name that is nobody's (RFC 2606): servers want one with a dot in it.
        return Command("EHLO probe.invalid", "EHLO");
      case Step::kHello:
        if (code == 500 || code == 502) return FailUnoffered(line);  // it knows HELO alone
        if (code != 250) return FailRefused(line);
        if (!is_offered_) return FailUnoffered();
        step_ = Step::kStartTls;
        return Command("STARTTLS", "STARTTLS");
      case Step::kStartTls:
        return code == 220 ? Agree() : FailRefused(line);
    }
  }

  Step step_ = Step::kGreeting;
  bool is_offered_ = false;
};

class FtpDialogue final : public ReplyDialogue {
 public:
  FtpDialogue() : ReplyDialogue("FTP", false) {}

 private:
  void OnText(std::string_view) override {}

  void OnReply(int code, std::string_view line) override {
    if (is_asked_) return code == 234 ? Agree() : FailUnoffered(line);
    if (code == 120) return;  // ready in some minutes: the greeting proper follows
    if (code != 220) return FailRefused(line);
    is_asked_ = true;
    Command("AUTH TLS", "AUTH TLS");
  }

  bool is_asked_ = false;
};

class Pop3Dialogue final : public LineDialogue {
 public:
  Pop3Dialogue() : LineDialogue("POP3") {}

 private:
  bool MayBegin(char first) const override { return first == '+' || first == '-'; }

  void OnLine(std::string_view line) override {
    if (BeginsWithWord(line, "-ERR")) return is_asked_ ? FailUnoffered(line) : FailRefused(line);
    if (!BeginsWithWord(line, "+OK")) return FailForeign(line);
    if (is_asked_) return Agree();
    is_asked_ = true;
    Command("STLS", "STLS");
  }

  bool is_asked_ = false;
};

class ImapDialogue final : public LineDialogue {
 public:
  ImapDialogue() : LineDialogue("IMAP") {}

 private:
  enum class Step { kGreeting, kCapability, kStartTls };

  bool MayBegin(char first) const override {
    return first == '*' || (step_ != Step::kGreeting && first == 'a');
  }

  void OnLine(std::string_view line) override {
    const bool is_untagged = line.starts_with("* ");
    if (step_ == Step::kGreeting) return is_untagged ? OnGreeting(line) : FailForeign(line);
    if (is_untagged) return OnUntagged(line.substr(2), line);
    const std::string_view tag = step_ == Step::kCapability ? "a1 " : "a2 ";
    if (!line.starts_with(tag)) return FailForeign(line);
    if (!BeginsWithWord(line.substr(3), "OK")) {
      return step_ == Step::kStartTls ? FailUnoffered(line) : FailRefused(line);
    }
    if (step_ == Step::kStartTls) return Agree();
    if (!is_offered_) return FailUnoffered();
    step_ = Step::kStartTls;
    Command("a2 STARTTLS", "STARTTLS");
  }

  void OnGreeting(std::string_view line) {
    const std::string_view text = line.substr(2);
    if (BeginsWithWord(text, "BYE")) return FailRefused(line);
    if (BeginsWithWord(text, "PREAUTH")) {  // STARTTLS is for the state before that (RFC 9051, 6.2)
      return FailUnoffered("the connection is authenticated already");
    }
    if (!BeginsWithWord(text, "OK")) return FailForeign(line);
    step_ = Step::kCapability;
    Command("a1 CAPABILITY", "CAPABILITY");
  }

  void OnUntagged(std::string_view text, std::string_view line) {
    if (BeginsWithWord(text, "BYE")) return FailRefused(line);
    if (step_ == Step::kCapability && BeginsWithWord(text, "CAPABILITY")) {
      is_offered_ = is_offered_ || HasWord(text, "STARTTLS");
    }
  }

  Step step_ = Step::kGreeting;
  bool is_offered_ = false;
};

}  // namespace

std::unique_ptr<StartTlsDialogue> MakeSmtpDialogue(const std::string&) {
  return std::make_unique<SmtpDialogue>();
}

std::unique_ptr<StartTlsDialogue> MakeImapDialogue(const std::string&) {
  return std::make_unique<ImapDialogue>();
}

std::unique_ptr<StartTlsDialogue> MakePop3Dialogue(const std::string&) {
  return std::make_unique<Pop3Dialogue>();
}

std::unique_ptr<StartTlsDialogue> MakeFtpDialogue(const std::string&) {
  return std::make_unique<FtpDialogue>();
}

}  // namespace gaikei
