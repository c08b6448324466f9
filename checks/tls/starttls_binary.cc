#include "checks/tls/starttls_binary.h"

#include <fmt/core.h>

#include <optional>

#include "results/text.h"

namespace gaikei {
namespace {

unsigned Byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

/// The header of a BER element (X.690, 8.1): one byte of tag, definite length.
struct BerHeader {
  unsigned tag = 0;
  std::size_t size = 0;    ///< of the header
  std::size_t length = 0;  ///< of the content
};

enum class BerState : std::uint8_t { kComplete, kShort, kBad };

BerState ReadHeader(std::string_view bytes, BerHeader& header) {
  if (bytes.size() < 2) return BerState::kShort;
  header.tag = Byte(bytes, 0);
  const unsigned first = Byte(bytes, 1);
  if (first < 0x80) {
    header.size = 2;
    header.length = first;
    return BerState::kComplete;
  }
  const std::size_t octets = first & 0x7fU;
  if (octets == 0 || octets > 4)
    return BerState::kBad;  // LDAP has no indefinite form (RFC 4511, 5.1)
  if (bytes.size() < 2 + octets) return BerState::kShort;
  header.size = 2 + octets;
  header.length = 0;
  for (std::size_t i = 0; i < octets; ++i) header.length = header.length << 8U | Byte(bytes, 2 + i);
  return BerState::kComplete;
}

/// Takes an element of this tag from the front of `bytes`; absent when there is none.
std::optional<std::string_view> TakeElement(std::string_view& bytes, unsigned tag) {
  BerHeader header;
  if (ReadHeader(bytes, header) != BerState::kComplete || header.tag != tag) return std::nullopt;
  if (header.length > bytes.size() - header.size) return std::nullopt;
  const std::string_view content = bytes.substr(header.size, header.length);
  bytes.remove_prefix(header.size + header.length);
  return content;
}

class LdapDialogue final : public StartTlsDialogue {
 private:
  // X.690 tags of LDAP (RFC 4511, appendix B).
  static constexpr unsigned kSequence = 0x30;
  static constexpr unsigned kInteger = 0x02;
  static constexpr unsigned kEnumerated = 0x0a;
  static constexpr unsigned kOctetString = 0x04;
  static constexpr unsigned kExtendedResponse = 0x78;

  void Begin() override {
    // LDAPMessage { messageID 1, ExtendedRequest { requestName StartTLS } }
    constexpr std::string_view kRequest =
        "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
        "1.3.6.1.4.1.1466.20037";
    Say(kRequest, "extendedReq StartTLS", "the answer to StartTLS");
  }

  bool TakeUnit(std::string& input) override {
    BerHeader header;
    const BerState state = ReadHeader(input, header);
    if (Byte(input, 0) != kSequence || state == BerState::kBad) {
      FailForeign(input);
      return false;
    }
    if (state == BerState::kShort) return false;
    if (header.length > kUnitLimit) {
      Fail(Reason::kTooLarge, fmt::format("an LDAP message of {} bytes", header.length));
      return false;
    }
    if (input.size() < header.size + header.length) return false;
    const std::string message = input.substr(header.size, header.length);
    input.erase(0, header.size + header.length);
    OnMessage(message);
    return true;
  }

  void OnMessage(std::string_view message) {
    const auto id = TakeElement(message, kInteger);
    auto response = id ? TakeElement(message, kExtendedResponse) : std::nullopt;
    const auto code = response ? TakeElement(*response, kEnumerated) : std::nullopt;
    const auto name = code ? TakeElement(*response, kOctetString) : std::nullopt;
    const auto text = name ? TakeElement(*response, kOctetString) : std::nullopt;
    if (!text || id->size() != 1 || code->size() != 1) return FailForeign(message);
    const unsigned result = Byte(*code, 0);
    Note(fmt::format("extendedResp resultCode {}{}{}", result, text->empty() ? "" : " ", *text));
    const std::string told =
        fmt::format("resultCode {}{}{}", result, text->empty() ? "" : ", ", Escape(*text, 160));
    switch (Byte(*id, 0)) {
      case 0:  // a notice of disconnection (RFC 4511, 4.4.1)
        return Fail(Reason::kTlsProtocol, "server refuses: " + told);
      case 1:
        return result == 0 ? Agree() : FailUnoffered(told);
      default:
        return Fail(Reason::kProtocolError, "an answer to a message that was not sent");
    }
  }

  void FailForeign(std::string_view bytes) {
    Fail(Reason::kProtocolError,
         fmt::format("not an LDAP ExtendedResponse: {}", Escape(bytes.substr(0, 80), 80)));
  }
};

class PostgresDialogue final : public StartTlsDialogue {
 private:
  void Begin() override {
    // Length 8, then the code that stands where a protocol version would (1234.5679).
    constexpr std::string_view kRequest("\x00\x00\x00\x08\x04\xd2\x16\x2f", 8);
    Say(kRequest, "SSLRequest", "the answer to SSLRequest");
  }

  bool TakeUnit(std::string& input) override {
    const std::string answer = input.substr(0, 1);
    Note(answer);
    if (answer == "S") {
      input.erase(0, 1);
      Agree();
      return true;
    }
    if (answer == "N") {
      FailUnoffered("it answers SSLRequest with N");
    } else if (answer == "E") {
      // An ErrorResponse: whoever sits between could have written its text.
      Fail(Reason::kTlsProtocol, "server answers SSLRequest with an error");
    } else {
      Fail(Reason::kProtocolError, "not PostgreSQL: " + Escape(input.substr(0, 80), 80));
    }
    return false;
  }
};

class MysqlDialogue final : public StartTlsDialogue {
 private:
  // Capabilities of client and server.
  static constexpr unsigned kProtocol41 = 0x0200;
  static constexpr unsigned kSsl = 0x0800;
  static constexpr unsigned kSecureConnection = 0x8000;

  void Begin() override {}

  bool TakeUnit(std::string& input) override {
    constexpr std::size_t kHeader = 4;  // length in 3 bytes, little end first; sequence number
    if (input.size() < kHeader) return false;
    const std::size_t length = Byte(input, 0) | Byte(input, 1) << 8U | Byte(input, 2) << 16U;
    // Text of another protocol reads as a length of millions.
    if (length == 0 || length > kUnitLimit || Byte(input, 3) != 0) {
      FailForeign(input);
      return false;
    }
    if (input.size() < kHeader + length) return false;
    const std::string packet = input.substr(kHeader, length);
    input.erase(0, kHeader + length);
    OnPacket(packet);
    return true;
  }

  void OnPacket(std::string_view packet) {
    constexpr unsigned kError = 0xff;
    constexpr unsigned kVersion = 10;
    if (Byte(packet, 0) == kError && packet.size() >= 3) {
      const std::string told = fmt::format("error {}: {}", Byte(packet, 1) | Byte(packet, 2) << 8U,
                                           Escape(packet.substr(3), 160));
      Note(fmt::format("error {}", packet.substr(3)));
      return Fail(Reason::kTlsProtocol, "server refuses: " + told);
    }
    const std::size_t end = packet.find('\0', 1);
    // Behind the version's NUL: thread id 4, scramble 8, filler 1, capabilities 2.
    if (Byte(packet, 0) != kVersion || end == std::string_view::npos ||
        packet.size() < end + 1 + 4 + 8 + 1 + 2) {
      return FailForeign(packet);
    }
    Note(packet.substr(1, end - 1));
    const std::size_t at = end + 1 + 4 + 8 + 1;
    const unsigned capabilities = Byte(packet, at) | Byte(packet, at + 1) << 8U;
    if ((capabilities & kSsl) == 0) return FailUnoffered("no CLIENT_SSL in its greeting");
    RequestTls();
    Agree();
  }

  void RequestTls() {
    constexpr unsigned kCapabilities = kProtocol41 | kSsl | kSecureConnection;
    constexpr char kUtf8 = 33;
    std::string request("\x20\x00\x00\x01", 4);  // 32 bytes, second packet
    request += static_cast<char>(kCapabilities & 0xffU);
    request += static_cast<char>(kCapabilities >> 8U);
    request += std::string(2, '\0');
    request += std::string("\x00\x00\x00\x01", 4);  // packets up to 16 MiB
    request += kUtf8;
    request += std::string(23, '\0');
    Say(request, "SSLRequest", "the handshake");
  }

  void FailForeign(std::string_view bytes) {
    Fail(Reason::kProtocolError, "not MySQL: " + Escape(bytes.substr(0, 80), 80));
  }
};

}  // namespace

std::unique_ptr<StartTlsDialogue> MakeLdapDialogue(const std::string&) {
  return std::make_unique<LdapDialogue>();
}

std::unique_ptr<StartTlsDialogue> MakePostgresDialogue(const std::string&) {
  return std::make_unique<PostgresDialogue>();
}

std::unique_ptr<StartTlsDialogue> MakeMysqlDialogue(const std::string&) {
  return std::make_unique<MysqlDialogue>();
}

}  // namespace gaikei
