#include "checks/tls/starttls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "results/reason.h"

namespace gaikei {
namespace {

using State = StartTlsDialogue::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Bytes(const char* text, std::size_t size) { return {text, size}; }

/// What the server says at one go, and what it expects to hear back.
struct Turn {
  std::string heard;
  std::string said;
};
using Script = std::vector<Turn>;

/// How a dialogue ended.
struct Ending {
  State state = State::kTalking;
  Reason reason = Reason::kNone;
  std::string message;
  std::string awaited;
  std::vector<std::string> transcript;

  std::string Text() const {
    switch (state) {
      case State::kTalking:
        return "talking";
      case State::kDone:
        return "done";
      default:
        return std::string(Name(reason));
    }
  }
};

/// Plays a script in pieces of `piece` bytes; each turn's answer has to be what the script says.
Ending Play(StartTls protocol, const Script& script, std::size_t piece,
            const std::string& host = "mail.example") {
  const auto dialogue = FindStartTls(protocol)->make(host);
  Ending ending;
  std::string input;
  std::string output;
  ending.state = dialogue->Feed(input, output);
  for (const Turn& turn : script) {
    std::size_t at = 0;
    if (turn.heard.empty()) {
      EXPECT_EQ(output, turn.said);
      output.clear();
    }
    while (at < turn.heard.size() && ending.state == State::kTalking) {
      input += turn.heard.substr(at, piece);
      at += piece;
      ending.state = dialogue->Feed(input, output);
    }
    if (ending.state == State::kFailed) break;
    if (turn.heard.empty()) continue;
    EXPECT_EQ(output, turn.said) << "after " << turn.heard;
    output.clear();
    if (ending.state == State::kDone) break;
  }
  ending.reason = dialogue->reason();
  ending.message = dialogue->message();
  ending.awaited = dialogue->awaited();
  ending.transcript = dialogue->TakeTranscript();
  EXPECT_EQ(ending.state == State::kFailed, !ending.message.empty());
  EXPECT_EQ(ending.state == State::kFailed, ending.reason != Reason::kNone);
  return ending;
}

/// Byte by byte and at one go have to come to the same.
Ending Play(StartTls protocol, const Script& script) {
  const Ending slow = Play(protocol, script, 1);
  Ending fast = Play(protocol, script, 1U << 20U);
  EXPECT_EQ(slow.Text(), fast.Text()) << slow.message << " / " << fast.message;
  return fast;
}

constexpr const char* kEhlo = "EHLO probe.invalid\r\n";

TEST(StartTls, SmtpAgrees) {
  const Ending ending =
      Play(StartTls::kSmtp,
           {{"220-mail.example ESMTP\r\n220 hello\r\n", kEhlo},
            {"250-mail.example\r\n250-SIZE 1000\r\n250-starttls\r\n250 HELP\r\n", "STARTTLS\r\n"},
            {"220 go ahead\r\n", ""}});
  EXPECT_EQ(ending.Text(), "done") << ending.message;
  EXPECT_THAT(ending.transcript,
              ElementsAre("< 220-mail.example ESMTP", "< 220 hello", "> EHLO probe.invalid",
                          "< 250-mail.example", "< 250-SIZE 1000", "< 250-starttls", "< 250 HELP",
                          "> STARTTLS", "< 220 go ahead"));
}

TEST(StartTls, SmtpTakesABareLineFeed) {
  EXPECT_EQ(Play(StartTls::kSmtp,
                 {{"220 hello\n", kEhlo}, {"250-x\n250 STARTTLS\n", "STARTTLS\r\n"}, {"220\n", ""}})
                .Text(),
            "done");
}

TEST(StartTls, SmtpThatOffersNoneSaysSo) {
  const Ending ending =
      Play(StartTls::kSmtp, {{"220 hello\r\n", kEhlo},
                             // Neither a longer word nor an argument is the keyword.
                             {"250-STARTTLSX\r\n250-AUTH STARTTLS\r\n250 XSTARTTLS\r\n", ""}});
  EXPECT_EQ(ending.Text(), "tls_protocol");
  EXPECT_EQ(ending.message, "server does not offer STARTTLS");
}

TEST(StartTls, SmtpWithoutExtensionsOffersNone) {
  const Ending ending =
      Play(StartTls::kSmtp, {{"220 old\r\n", kEhlo}, {"502 what is EHLO?\r\n", ""}});
  EXPECT_EQ(ending.Text(), "tls_protocol");
  EXPECT_EQ(ending.message, "server does not offer STARTTLS: 502 what is EHLO?");
}

TEST(StartTls, SmtpThatRefusesIsQuoted) {
  const Ending full = Play(StartTls::kSmtp, {{"421 too many connections\r\n", ""}});
  EXPECT_EQ(full.Text(), "tls_protocol");
  EXPECT_EQ(full.message, "server refuses: 421 too many connections");
  const Ending later = Play(StartTls::kSmtp, {{"220 hello\r\n", kEhlo},
                                              {"250 STARTTLS\r\n", "STARTTLS\r\n"},
                                              {"454 TLS not \x1b[31mavailable\r\n", ""}});
  EXPECT_EQ(later.message, "server refuses: 454 TLS not \\x1b[31mavailable");
}

TEST(StartTls, TextThatIsNoSmtpIsAProtocolError) {
  for (const std::string& text :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("* OK IMAP4rev1\r\n"),
        std::string("220hello\r\n"), std::string("999 x\r\n"), std::string("22\r\n"),
        std::string("220-a\r\n221 b\r\n"), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"),
        std::string("\x15\x03\x01\x00\x02\x02\x28", 7), std::string("\0\n", 2)}) {
    const Ending ending = Play(StartTls::kSmtp, {{text, ""}});
    EXPECT_EQ(ending.Text(), "protocol_error") << text;
    EXPECT_THAT(ending.message, HasSubstr("not SMTP: "));
  }
}

TEST(StartTls, BytesBehindTheGoAheadAreAnInjection) {
  struct Case {
    StartTls protocol;
    Script script;
  };
  const std::vector<Case> cases = {
      {StartTls::kSmtp,
       {{"220 hello\r\n", kEhlo},
        {"250 STARTTLS\r\n", "STARTTLS\r\n"},
        {"220 go\r\n250 injected\r\n", ""}}},
      {StartTls::kImap,
       {{"* OK\r\n", "a1 CAPABILITY\r\n"},
        {"* CAPABILITY STARTTLS\r\na1 OK\r\n", "a2 STARTTLS\r\n"},
        {"a2 OK\r\n* BYE\r\n", ""}}},
      {StartTls::kPop3, {{"+OK\r\n", "STLS\r\n"}, {"+OK\r\n+OK\r\n", ""}}},
      {StartTls::kFtp, {{"220\r\n", "AUTH TLS\r\n"}, {"234 go\r\n230 in\r\n", ""}}},
      {StartTls::kPostgres, {{"SR", ""}}},
      {StartTls::kXmpp,
       {{"<stream:stream><stream:features><starttls/></stream:features>",
         "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
        {"<proceed/><iq/>", ""}}},
  };
  for (const Case& c : cases) {
    const auto dialogue = FindStartTls(c.protocol)->make("x");
    std::string input;
    std::string output;
    State state = dialogue->Feed(input, output);
    for (const Turn& turn : c.script) {
      input += turn.heard;
      state = dialogue->Feed(input, output);
    }
    EXPECT_EQ(state, State::kFailed) << FindStartTls(c.protocol)->name;
    EXPECT_EQ(dialogue->reason(), Reason::kTlsProtocol);
    EXPECT_THAT(dialogue->message(), HasSubstr("CVE-2011-0411"));
  }
}

TEST(StartTls, AnswersThatComeBeforeTheirQuestionsAreRefused) {
  const std::string all = "220 hello\r\n250 STARTTLS\r\n220 go\r\n";
  const auto dialogue = FindStartTls(StartTls::kSmtp)->make("x");
  std::string input = all;
  std::string output;
  EXPECT_EQ(dialogue->Feed(input, output), State::kFailed);
  EXPECT_EQ(dialogue->reason(), Reason::kProtocolError);
  EXPECT_EQ(dialogue->message(), "server answered before it was asked");
}

TEST(StartTls, AnEndlessLineIsTooLarge) {
  for (const StartTls protocol :
       {StartTls::kSmtp, StartTls::kFtp, StartTls::kImap, StartTls::kPop3, StartTls::kXmpp}) {
    const auto dialogue = FindStartTls(protocol)->make("x");
    std::string input;
    std::string output;
    dialogue->Feed(input, output);
    input = protocol == StartTls::kImap   ? "* OK "
            : protocol == StartTls::kPop3 ? "+OK "
            : protocol == StartTls::kXmpp ? "<stream:stream x='"
                                          : "220 ";
    State state = State::kTalking;
    while (state == State::kTalking && input.size() < 100000) {
      input += std::string(1000, 'x');
      state = dialogue->Feed(input, output);
    }
    EXPECT_EQ(dialogue->reason(), Reason::kTooLarge) << FindStartTls(protocol)->name;
    EXPECT_LE(input.size(), StartTlsDialogue::kUnitLimit + 1100);
  }
}

TEST(StartTls, EndlessLinesAreTooLargeAndTheTranscriptIsBounded) {
  struct Flood {
    StartTls protocol;
    std::string begin;
    std::string again;
  };
  for (const Flood& flood : {Flood{StartTls::kSmtp, "220-x\r\n", "220-x\r\n"},
                             Flood{StartTls::kFtp, "220-x\r\n", "x\r\n"},
                             Flood{StartTls::kImap, "* OK\r\n", "* 1 EXISTS\r\n"},
                             Flood{StartTls::kXmpp, "<stream:stream><stream:features>", "<a/>"},
                             Flood{StartTls::kXmpp, "<stream:stream>", " "}}) {
    const auto dialogue = FindStartTls(flood.protocol)->make("x");
    std::string input;
    std::string output;
    dialogue->Feed(input, output);
    input = flood.begin;
    State state = dialogue->Feed(input, output);
    for (int i = 0; i < 100000 && state == State::kTalking; ++i) {
      input += flood.again;
      state = dialogue->Feed(input, output);
    }
    EXPECT_EQ(dialogue->reason(), Reason::kTooLarge) << FindStartTls(flood.protocol)->name;
    EXPECT_LE(dialogue->TakeTranscript().size(), 32U);
  }
}

TEST(StartTls, ImapAgrees) {
  const Ending ending =
      Play(StartTls::kImap,
           {{"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", "a1 CAPABILITY\r\n"},
            {"* CAPABILITY IMAP4rev1 starttls LOGINDISABLED\r\na1 OK done\r\n", "a2 STARTTLS\r\n"},
            {"* OK soon\r\na2 OK begin\r\n", ""}});
  EXPECT_EQ(ending.Text(), "done") << ending.message;
}

TEST(StartTls, ImapThatDoesNotWantTo) {
  const std::string ask = "a1 CAPABILITY\r\n";
  EXPECT_EQ(Play(StartTls::kImap, {{"* OK\r\n", ask}, {"* CAPABILITY X\r\na1 OK\r\n", ""}}).message,
            "server does not offer STARTTLS");
  EXPECT_THAT(Play(StartTls::kImap, {{"* PREAUTH in\r\n", ""}}).message,
              HasSubstr("authenticated already"));
  EXPECT_EQ(Play(StartTls::kImap, {{"* BYE full\r\n", ""}}).message, "server refuses: * BYE full");
  EXPECT_EQ(Play(StartTls::kImap, {{"* OK\r\n", ask}, {"a1 BAD what\r\n", ""}}).Text(),
            "tls_protocol");
  const Ending refused =
      Play(StartTls::kImap, {{"* OK\r\n", ask},
                             {"* CAPABILITY STARTTLS\r\na1 OK\r\n", "a2 STARTTLS\r\n"},
                             {"a2 BAD no TLS\r\n", ""}});
  EXPECT_EQ(refused.message, "server does not offer STARTTLS: a2 BAD no TLS");
}

TEST(StartTls, TextThatIsNoImapIsAProtocolError) {
  for (const char* text : {"+OK POP3\r\n", "220 ftp\r\n", "*\r\n", "* NO\r\n", "* 12 EXISTS\r\n"}) {
    EXPECT_EQ(Play(StartTls::kImap, {{text, ""}}).Text(), "protocol_error") << text;
  }
  // A tag that was not ours.
  EXPECT_EQ(Play(StartTls::kImap, {{"* OK\r\n", "a1 CAPABILITY\r\n"}, {"a2 OK\r\n", ""}}).Text(),
            "protocol_error");
}

TEST(StartTls, Pop3) {
  EXPECT_EQ(Play(StartTls::kPop3, {{"+OK ready\r\n", "STLS\r\n"}, {"+OK begin\r\n", ""}}).Text(),
            "done");
  EXPECT_EQ(Play(StartTls::kPop3, {{"+OK\r\n", "STLS\r\n"}, {"-ERR unknown\r\n", ""}}).message,
            "server does not offer STARTTLS: -ERR unknown");
  EXPECT_EQ(Play(StartTls::kPop3, {{"-ERR full\r\n", ""}}).message, "server refuses: -ERR full");
  EXPECT_EQ(Play(StartTls::kPop3, {{"+OKAY\r\n", ""}}).Text(), "protocol_error");
  EXPECT_EQ(Play(StartTls::kPop3, {{"220 smtp\r\n", ""}}).Text(), "protocol_error");
}

TEST(StartTls, Ftp) {
  // The lines between the first and the last may be anything (RFC 959, 4.2).
  EXPECT_EQ(Play(StartTls::kFtp,
                 {{"120 in 5 minutes\r\n220-hi\r\n221 x\r\n\r\n yes\r\n220 ok\r\n", "AUTH TLS\r\n"},
                  {"234 go\r\n", ""}})
                .Text(),
            "done");
  EXPECT_EQ(Play(StartTls::kFtp, {{"220\r\n", "AUTH TLS\r\n"}, {"530 log in\r\n", ""}}).message,
            "server does not offer STARTTLS: 530 log in");
  EXPECT_EQ(Play(StartTls::kFtp, {{"421 full\r\n", ""}}).message, "server refuses: 421 full");
  EXPECT_EQ(Play(StartTls::kFtp, {{"+OK\r\n", ""}}).Text(), "protocol_error");
}

const std::string kLdapAsk =
    Bytes("\x30\x1d\x02\x01\x01\x77\x18\x80\x16", 9) + "1.3.6.1.4.1.1466.20037";

std::string LdapAnswer(char id, char code, const std::string& text = {}) {
  std::string response = Bytes("\x0a\x01", 2) + code + Bytes("\x04\x00\x04", 3) +
                         static_cast<char>(text.size()) + text;
  std::string message =
      Bytes("\x02\x01", 2) + id + '\x78' + static_cast<char>(response.size()) + response;
  return Bytes("\x30", 1) + static_cast<char>(message.size()) + message;
}

TEST(StartTls, Ldap) {
  EXPECT_EQ(Play(StartTls::kLdap, {{"", kLdapAsk}, {LdapAnswer(1, 0), ""}}).Text(), "done");
  const Ending refused = Play(StartTls::kLdap, {{"", kLdapAsk}, {LdapAnswer(1, 2, "no TLS"), ""}});
  EXPECT_EQ(refused.Text(), "tls_protocol");
  EXPECT_EQ(refused.message, "server does not offer STARTTLS: resultCode 2, no TLS");
  EXPECT_THAT(refused.transcript,
              ElementsAre("> extendedReq StartTLS", "< extendedResp resultCode 2 no TLS"));
  EXPECT_EQ(Play(StartTls::kLdap, {{"", kLdapAsk}, {LdapAnswer(0, 52, "bye"), ""}}).message,
            "server refuses: resultCode 52, bye");
  EXPECT_EQ(Play(StartTls::kLdap, {{"", kLdapAsk}, {LdapAnswer(7, 0), ""}}).Text(),
            "protocol_error");
}

TEST(StartTls, LdapWithLengthsOfFourBytes) {  // as Active Directory writes them
  const std::string answer = Bytes(
      "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00",
      22);
  EXPECT_EQ(Play(StartTls::kLdap, {{"", kLdapAsk}, {answer, ""}}).Text(), "done");
}

TEST(StartTls, LdapThatLiesAboutItsLengths) {
  for (const std::string& bad :
       {Bytes("\x30\x80", 2), Bytes("\x30\x85\x00\x00\x00\x00\x01", 7), Bytes("\x31\x00", 2),
        std::string("220 smtp\r\n"), Bytes("\x30\x00", 2), Bytes("\x30\x05\x02\x01\x01\x78\x7f", 7),
        Bytes("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x7f\x04\x00", 14),
        Bytes("\x30\x05\x02\x03\x01\x01\x01", 7), Bytes("\x30\x03\x02\x01\x01", 5)}) {
    EXPECT_EQ(Play(StartTls::kLdap, {{"", kLdapAsk}, {bad, ""}}).Text(), "protocol_error");
  }
  for (const std::string& huge :
       {Bytes("\x30\x84\xff\xff\xff\xff", 6), Bytes("\x30\x83\x01\x00\x00", 5)}) {
    EXPECT_EQ(Play(StartTls::kLdap, {{"", kLdapAsk}, {huge, ""}}).Text(), "too_large");
  }
}

TEST(StartTls, Postgres) {
  const std::string ask = Bytes("\x00\x00\x00\x08\x04\xd2\x16\x2f", 8);
  EXPECT_EQ(Play(StartTls::kPostgres, {{"", ask}, {"S", ""}}).Text(), "done");
  const Ending none = Play(StartTls::kPostgres, {{"", ask}, {"N", ""}});
  EXPECT_EQ(none.Text(), "tls_protocol");
  EXPECT_THAT(none.message, HasSubstr("server does not offer STARTTLS"));
  const Ending error = Play(StartTls::kPostgres, {{"", ask}, {"E\0\0\0\x10SFATAL", ""}});
  EXPECT_EQ(error.Text(), "tls_protocol");
  EXPECT_EQ(Play(StartTls::kPostgres, {{"", ask}, {"HTTP/1.1 400\r\n", ""}}).Text(),
            "protocol_error");
}

std::string MysqlGreeting(unsigned capabilities, char version = 10) {
  std::string packet(1, version);
  packet += Bytes("8.0.1-Fake\0", 11) + Bytes("\x01\x00\x00\x00", 4) + "scramble" + '\0';
  packet += static_cast<char>(capabilities & 0xffU);
  packet += static_cast<char>(capabilities >> 8U);
  packet += Bytes("\x21\x02\x00\xff\xff", 5);
  return std::string(1, static_cast<char>(packet.size())) + Bytes("\0\0\0", 3) + packet;
}

TEST(StartTls, Mysql) {
  const std::string ask =
      Bytes("\x20\x00\x00\x01\x00\x8a\x00\x00\x00\x00\x00\x01\x21", 13) + std::string(23, '\0');
  const Ending good = Play(StartTls::kMysql, {{MysqlGreeting(0x0a00), ask}});
  EXPECT_EQ(good.Text(), "done") << good.message;
  EXPECT_THAT(good.transcript, ElementsAre("< 8.0.1-Fake", "> SSLRequest"));
  EXPECT_THAT(Play(StartTls::kMysql, {{MysqlGreeting(0x0200), ""}}).message,
              HasSubstr("server does not offer STARTTLS"));
  EXPECT_EQ(Play(StartTls::kMysql, {{MysqlGreeting(0x0800, 9), ""}}).Text(), "protocol_error");
  const Ending refused =
      Play(StartTls::kMysql, {{Bytes("\x0b\0\0\0\xff\x6a\x04", 7) + "Host 'x'", ""}});
  EXPECT_EQ(refused.Text(), "tls_protocol");
  EXPECT_EQ(refused.message, "server refuses: error 1130: Host 'x'");
}

TEST(StartTls, BytesThatAreNoMysqlAreAProtocolError) {
  for (const std::string& bad :
       {std::string("220 smtp\r\n"), Bytes("\x00\x00\x00\x00", 4), Bytes("\x01\x00\x00\x00\x0a", 5),
        Bytes("\x05\x00\x00\x00\x0a"
              "8.0\x00",
              9),
        Bytes("\x02\x00\x00\x00\xff\x01", 6), Bytes("\xff\xff\xff\x00", 4)}) {
    EXPECT_EQ(Play(StartTls::kMysql, {{bad, ""}}).Text(), "protocol_error");
  }
}

std::string XmppHello(const std::string& host) {
  return "<?xml version='1.0'?><stream:stream to='" + host +
         "' version='1.0' xml:lang='en' xmlns='jabber:client' "
         "xmlns:stream='http://etherx.jabber.org/streams'>";
}

constexpr const char* kXmppHeader =
    "<?xml version='1.0'?><stream:stream id=\"a>b\" from='mail.example' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
constexpr const char* kXmppAsk = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

TEST(StartTls, XmppAgrees) {
  const Ending ending = Play(
      StartTls::kXmpp,
      {{"", XmppHello("mail.example")},
       {std::string(kXmppHeader) +
            "\n<stream:features><mechanisms xmlns='x'><mechanism>PLAIN</mechanism></mechanisms>"
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
            "</stream:features>",
        kXmppAsk},
       {"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>", ""}});
  EXPECT_EQ(ending.Text(), "done") << ending.message;
}

TEST(StartTls, XmppNamesTheHostWithoutBreakingOutOfItsAttribute) {
  Play(StartTls::kXmpp, {{"", XmppHello("a&apos;&lt;&amp;b")}}, 1, "a'<&b");
}

TEST(StartTls, XmppThatDoesNotWantTo) {
  const std::string hello = XmppHello("mail.example");
  EXPECT_EQ(Play(StartTls::kXmpp, {{"", hello},
                                   {std::string(kXmppHeader) +
                                        // Deeper than a feature, it is none.
                                        "<stream:features><a><starttls/></a></stream:features>",
                                    ""}})
                .message,
            "server does not offer STARTTLS");
  const Ending unknown = Play(
      StartTls::kXmpp,
      {{"", hello},
       {std::string(kXmppHeader) + "<stream:error><host-unknown xmlns='x'/></stream:error>", ""}});
  EXPECT_EQ(unknown.Text(), "tls_protocol");
  EXPECT_EQ(unknown.message, "server refuses: stream error host-unknown");
  EXPECT_EQ(Play(StartTls::kXmpp,
                 {{"", hello},
                  {std::string(kXmppHeader) + "<features><starttls/></features>", kXmppAsk},
                  {"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", ""}})
                .message,
            "server refuses: it answers starttls with failure");
  EXPECT_EQ(
      Play(StartTls::kXmpp, {{"", hello}, {std::string(kXmppHeader) + "</stream:stream>", ""}})
          .message,
      "server closes the stream");
}

TEST(StartTls, TextThatIsNoXmppIsAProtocolError) {
  for (const char* text :
       {"HTTP/1.1 400 Bad Request\r\n", "220 smtp\r\n", "<html><body>", "<stream:stream><!-- x -->",
        "<!DOCTYPE x><stream:stream>", "<stream:stream></features>", "<stream:stream>text<",
        "<stream:stream><iq/>", "</stream:stream>"}) {
    EXPECT_EQ(Play(StartTls::kXmpp, {{"", XmppHello("mail.example")}, {text, ""}}).Text(),
              "protocol_error")
        << text;
  }
}

TEST(StartTls, XmppOfBottomlessDepthIsTooLarge) {
  std::string deep = kXmppHeader;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_EQ(Play(StartTls::kXmpp, {{"", XmppHello("mail.example")}, {deep, ""}}).Text(),
            "too_large");
}

TEST(StartTls, TellsWhatIsAwaited) {
  EXPECT_EQ(Play(StartTls::kSmtp, {}).awaited, "the greeting");
  EXPECT_EQ(Play(StartTls::kSmtp, {{"220 x\r\n", kEhlo}}).awaited, "the answer to EHLO");
  EXPECT_EQ(Play(StartTls::kPop3, {{"+OK\r\n", "STLS\r\n"}}).awaited, "the answer to STLS");
  EXPECT_EQ(Play(StartTls::kXmpp, {}).awaited, "the stream header");
}

TEST(StartTls, ProtocolsAreFoundByNameAndByEnumerator) {
  EXPECT_EQ(AllStartTlsProtocols().size(), 8U);
  for (const StartTlsProtocol& row : AllStartTlsProtocols()) {
    EXPECT_EQ(FindStartTls(row.name), &row);
    EXPECT_EQ(FindStartTls(row.protocol), &row);
  }
  EXPECT_EQ(FindStartTls("SMTP"), nullptr);
  EXPECT_EQ(FindStartTls(StartTls::kNone), nullptr);
}

}  // namespace
}  // namespace gaikei
