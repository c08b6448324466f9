#include "probe/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "results/text.h"

namespace gaikei {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 every outcome is pass or warn; 1 some outcome is fail; 3 none failed, some are "
    "unknown;\n2 the command line or the configuration is wrong; 4 (once) samples could neither be "
    "delivered nor kept.\nDocumentation: docs/ beside the source, or /usr/share/doc/gaikei.";

void AddCommon(CLI::App& app, CommonOptions& common) {
  app.add_option("--color", common.color, "Colours: auto, always or never (NO_COLOR is honoured)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->option_text("WHEN");
  app.add_flag("-q,--quiet", common.log.quiet, "Say less");
  app.add_flag("-v,--verbose", common.log.verbose, "Say more; outcomes show response headers");
  app.add_option_function<std::string>(
         "--log-format", [&common](const std::string& text) { common.log.json = text == "json"; },
         "Log to standard error as text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
}

void AddConfig(CLI::App& app, CommonOptions& common) {
  app.add_option("-c,--config", common.sources.paths,
                 "Configuration file or directory (repeatable; default gaikei.toml, then "
                 "/etc/gaikei/gaikei.toml)")
      ->expected(1)
      ->take_all()
      ->option_text("FILE");
  app.add_option("--region", common.sources.region,
                 "Which region this prober is (over GAIKEI_REGION and the file)")
      ->option_text("NAME");
}

void AddShard(CLI::App& app, CommonOptions& common) {
  app.add_option("--shard", common.sources.shard,
                 "Which part of the plan is this prober's, as 3/8 (over GAIKEI_SHARD and the file)")
      ->option_text("I/N");
}

void AddOutput(CLI::App& app, CommonOptions& common) {
  app.add_option("-o,--output", common.output,
                 "text, json, junit, prometheus or nagios (default: text on a terminal, else json)")
      ->check(CLI::IsMember({"text", "json", "junit", "prometheus", "nagios"}))
      ->option_text("FORMAT");
}

/// A repeatable option that takes one value each time.
CLI::Option* AddList(CLI::App& app, const char* name, std::vector<std::string>& into,
                     const char* help, const char* value) {
  return app.add_option(name, into, help)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->option_text(value);
}

void AddHttpFlags(CLI::App& app, CheckFlags& flags) {
  const char* const kGroup = "HTTP";
  app.add_option("--method", flags.method, "HTTP method (GET, or POST with --body)")
      ->option_text("METHOD")
      ->group(kGroup);
  AddList(app, "-H,--header", flags.headers, "Request header (repeatable)", "'NAME: VALUE'")
      ->group(kGroup);
  app.add_option("--body", flags.body, "Request body")->option_text("TEXT")->group(kGroup);
  app.add_option("--basic-env", flags.basic_env,
                 "Basic authentication with the USER:PASSWORD of an environment variable")
      ->option_text("NAME")
      ->group(kGroup);
  app.add_option("--bearer-env", flags.bearer_env,
                 "Authorization with the bearer token of an environment variable")
      ->option_text("NAME")
      ->group(kGroup);
  app.add_option("--json", flags.json, "Request body that is JSON, sent with its type")
      ->option_text("TEXT")
      ->group(kGroup);
  AddList(app, "--form", flags.form, "Field of a form, URL-encoded (repeatable)", "NAME=VALUE")
      ->group(kGroup);
  AddList(app, "--multipart", flags.multipart,
          "Part of a multipart/form-data body (repeatable); @PATH is the content of a file",
          "NAME=VALUE|NAME=@PATH")
      ->group(kGroup);
  AddList(app, "--cookie", flags.cookies, "Cookie to send from the first request on (repeatable)",
          "NAME=VALUE")
      ->group(kGroup);
  app.add_flag("--no-cookies", flags.no_cookies, "Do not send what a redirect has set")
      ->group(kGroup);
  app.add_option("--compression", flags.compression,
                 "Ask for compressed answers: all, or gzip, deflate, br, zstd")
      ->option_text("LIST")
      ->group(kGroup);
  app.add_flag("--traceparent", flags.traceparent, "Send a W3C trace context, and record it")
      ->group(kGroup);
  app.add_option("--http", flags.http,
                 "HTTP version that is required: 1.1, 2 or 3 (repeatable, or with commas: any of "
                 "them)")
      ->join(',')
      ->allow_extra_args(false)
      ->option_text("VERSION")
      ->group(kGroup);
  app.add_option("--proxy", flags.proxy, "http://, socks5:// or socks5h://HOST:PORT to go through")
      ->option_text("URL")
      ->group(kGroup);
  app.add_option("--unix-socket", flags.unix_socket, "Connect to this socket instead of the host")
      ->option_text("PATH")
      ->group(kGroup);
  app.add_option("--max-redirects", flags.max_redirects, "Redirects followed (default 10; 0: none)")
      ->option_text("N")
      ->group(kGroup);
  AddList(app, "--redirect-host", flags.redirect_hosts,
          "Host that redirects may lead to beside the target's own (repeatable); *.NAME: all below",
          "HOST")
      ->group(kGroup);
  app.add_flag("--allow-downgrade", flags.allow_downgrade, "Follow redirects from https to http")
      ->group(kGroup);
}

void AddAddressFlags(CLI::App& app, CommandLine& line) {
  CheckFlags& flags = line.flags;
  AddList(app, "--resolve-via", line.resolve_via,
          "DNS server to resolve names with: ADDRESS[:PORT] (repeatable, asked in order)",
          "SERVER");
  app.add_option("--address", flags.address, "Connect to this address instead of resolving")
      ->option_text("IP");
  auto* all = app.add_flag("--all-addresses", flags.all_addresses,
                           "Check every address of the name; all have to pass");
  app.add_option("--addresses", flags.addresses,
                 "How many of a name's addresses are checked and have to pass: first (default), "
                 "any, all or quorum")
      ->option_text("HOW")
      ->excludes(all);
  auto* four = app.add_flag("-4", flags.ipv4, "IPv4 only");
  app.add_flag("-6", flags.ipv6, "IPv6 only")->excludes(four);
  auto* allow = app.add_flag("--allow-private", flags.allow_private,
                             "Follow redirects from public to private addresses");
  app.add_flag("--deny-private", flags.deny_private, "Refuse private addresses")->excludes(allow);
}

void AddTlsFlags(CLI::App& app, CheckFlags& flags) {
  const char* const kGroup = "TLS";
  const auto text = [&](const char* name, std::optional<std::string>& into, const char* help,
                        const char* value) {
    app.add_option(name, into, help)->option_text(value)->group(kGroup);
  };
  app.add_flag("--insecure", flags.insecure, "Note certificate problems without judging them")
      ->group(kGroup);
  text("--cacert", flags.cacert, "PEM file of trusted roots instead of the system's", "FILE");
  text("--cert", flags.cert, "Client certificate, PEM", "FILE");
  text("--key", flags.key, "Private key of --cert, PEM", "FILE");
  text("--server-name", flags.server_name, "SNI, and the name to verify (default: the host)",
       "NAME");
  AddList(app, "--alpn", flags.alpn, "Protocol to offer by ALPN (repeatable, preferred first)",
          "PROTOCOL")
      ->group(kGroup);
  text("--min-version", flags.min_version, "Oldest TLS version: 1.0, 1.1, 1.2 or 1.3", "VERSION");
  text("--max-version", flags.max_version, "Newest TLS version", "VERSION");
  text("--ciphers", flags.ciphers, "OpenSSL cipher list for TLS up to 1.2", "LIST");
  text("--starttls", flags.starttls,
       "tls: protocol to begin TLS from: smtp, imap, pop3, ftp, ldap, xmpp, postgres or mysql",
       "PROTOCOL");
  AddList(app, "--ignore-lint", flags.ignore_lints,
          "tls: a lint that gives no warning (repeatable)", "NAME")
      ->group(kGroup);
}

void AddDnsFlags(CLI::App& app, CheckFlags& flags) {
  const char* const kGroup = "DNS";
  AddList(app, "--servers", flags.servers,
          "Server to ask, all of them at once (repeatable), or authoritative: every name server of "
          "the zone",
          "SERVER")
      ->group(kGroup);
  app.add_option("--transport", flags.transport, "udp (default), tcp, dot or doh")
      ->option_text("HOW")
      ->group(kGroup);
  app.add_option("--dnssec", flags.dnssec, "validate: check the chain of trust; or off")
      ->group(kGroup)
      ->option_text("off|validate");
  app.add_option("--trust-anchor", flags.trust_anchor,
                 "File of DS or DNSKEY records instead of the root's own keys")
      ->option_text("FILE")
      ->group(kGroup);
  app.add_flag("--nsid", flags.nsid, "Ask the server for its name")->group(kGroup);
  app.add_option("--ecs", flags.ecs, "Client subnet to send: 192.0.2.0/24")
      ->option_text("PREFIX")
      ->group(kGroup);
  app.add_flag("--no-recursion", flags.no_recursion, "Ask for no recursion")->group(kGroup);
}

/// Each occurrence is a step; --send and --receive keep their common order.
void AddStep(CLI::App& app, const char* name, bool is_send, CheckFlags& flags, const char* help,
             const char* value) {
  app.add_option_function<std::string>(
         name,
         [&flags, is_send](const std::string& text) {
           flags.dialogue.push_back({is_send, text});
         },
         help)
      ->trigger_on_parse()
      ->option_text(value)
      ->group("TCP and ICMP");
}

void AddTcpAndIcmpFlags(CLI::App& app, CheckFlags& flags) {
  const char* const kGroup = "TCP and ICMP";
  app.add_flag("--tls", flags.tls, "tcp: TLS from the first byte")->group(kGroup);
  AddStep(app, "--send", true, flags,
          "tcp, websocket: send this (repeatable); \\r \\n \\t \\0 \\xNN are bytes, $1 is a group "
          "of the last "
          "match",
          "TEXT");
  AddStep(app, "--receive", false, flags,
          "tcp, websocket: wait for what this matches (repeatable, in order with --send)", "REGEX");
  app.add_option("--icmp-count", flags.icmp_count, "icmp: echo requests (default 3)")
      ->option_text("N")
      ->group(kGroup);
}

void AddGrpcAndWebSocketFlags(CLI::App& app, CheckFlags& flags) {
  const char* const kGroup = "gRPC and WebSocket";
  AddList(app, "--metadata", flags.metadata, "grpc: metadata of the call (repeatable)",
          "'NAME: VALUE'")
      ->group(kGroup);
  AddList(app, "--subprotocol", flags.subprotocols,
          "websocket: subprotocol to offer (repeatable, preferred first)", "NAME")
      ->group(kGroup);
  app.add_flag("--no-ping", flags.no_ping, "websocket: measure no ping")->group(kGroup);
}

void AddCheck(CLI::App& app, CommandLine& line) {
  CheckFlags& flags = line.flags;
  app.add_option("TARGET", line.targets,
                 "What to look at: https://host[:port]/path, http://..., tls://host[:port], "
                 "dns:NAME?type=MX, dns://SERVER/NAME?type=AAAA, tcp://host:port, icmp://host, "
                 "grpc://host:port[/service], wss://host/path; a "
                 "bare host or host/path means https://")
      ->required();
  AddList(app, "--expect", flags.expect, "What must hold, else fail: 'status == 200' (repeatable)",
          "EXPR");
  AddList(app, "--warn", flags.warn, "What should hold, else warn: 'duration < 800ms' (repeatable)",
          "EXPR");
  app.add_option("--timeout", flags.timeout, "Total deadline (default 10s)")
      ->option_text("DURATION");
  app.add_option("--confirm", flags.confirm, "failing attempts that make a fail (default 1)")
      ->option_text("N");
  app.add_option("--confirm-counts", flags.confirm_counts,
                 "what a failure that a further attempt healed counts as: first, last")
      ->option_text("WHICH");
  auto* count = app.add_option("--count", line.count, "Look so many times")
                    ->check(CLI::Range(1U, 1000000U))
                    ->option_text("N");
  app.add_option("--every", line.every, "With --count or --watch: how often (default 1s)")
      ->option_text("DURATION");
  app.add_flag("--explain", line.explain, "Say why each phase took what it took");
  app.add_flag("--watch", line.watch, "Look until SIGINT or SIGTERM")->excludes(count);
  AddAddressFlags(app, line);
  AddHttpFlags(app, flags);
  AddTlsFlags(app, flags);
  AddDnsFlags(app, flags);
  AddTcpAndIcmpFlags(app, flags);
  AddGrpcAndWebSocketFlags(app, flags);
}

void AddImport(CLI::App& app, CommandLine& line) {
  app.require_subcommand(1);
  auto* har = app.add_subcommand("har", "The requests that a browser has recorded (HAR)");
  har->add_option("FILE", line.words, "The recording; - is standard input")
      ->required()
      ->expected(1);
  AddList(*har, "--host", line.hosts, "Requests to this host alone (repeatable)", "HOST");
  AddList(*har, "--type", line.types,
          "Requests of this type alone, as the recorder calls it: document, xhr, fetch ... "
          "(repeatable)",
          "TYPE");
  har->add_flag("--all", line.import_all, "Images, fonts, styles, scripts and media too");
  auto* curl = app.add_subcommand("curl", "curl command lines");
  curl->add_option("FILE", line.words,
                   "A script of curl commands; - is standard input. Or, behind --, one command "
                   "itself: gaikei import curl -- curl -X POST ...")
      ->required();
  for (auto* format : {har, curl}) {
    format->add_option("--name", line.import_name, "Name of the journey (default imported)")
        ->option_text("NAME");
    AddCommon(*format, line.common);
  }
}

void AddSpool(CLI::App& app, CommandLine& line) {
  app.require_subcommand(1);
  auto* status =
      app.add_subcommand("status", "What waits for each upstream, and what became of it");
  status->add_option("-o,--output", line.common.output, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  auto* dump =
      app.add_subcommand("dump", "Everything that waits for an upstream, as lines of JSON");
  dump->add_option("--upstream", line.upstream, "For which one (default: the only one there is)")
      ->option_text("NAME");
  dump->add_option("--limit", line.limit, "At most so many lines")->option_text("N");
  auto* check = app.add_subcommand(
      "check", "Read all of it, say what is damaged: exit 0 it is sound, 1 it is not");
  for (auto* action : {status, dump, check}) {
    action->add_option("--state-dir", line.state_dir, "In place of the configuration's state_dir")
        ->option_text("DIR");
    AddConfig(*action, line.common);
    AddCommon(*action, line.common);
  }
}

/// The whole command line as CLI11 sees it, filling `line`.
std::unique_ptr<CLI::App> MakeApp(CommandLine& line) {
  auto app = std::make_unique<CLI::App>(
      "gaikei looks at services from outside, the way their users do.", "gaikei");
  app->require_subcommand(1);
  app->footer(kFooter);
  app->set_help_flag("-h,--help", "Print this help");

  auto* check = app->add_subcommand("check", "Look now, and print what was seen");
  AddCheck(*check, line);
  AddOutput(*check, line.common);
  auto* once =
      app->add_subcommand("once", "Run every configured check once, deliver the samples, exit");
  once->add_option("--deadline", line.deadline, "End by then; what is unfinished becomes unknown")
      ->option_text("DURATION");
  AddOutput(*once, line.common);
  auto* run = app->add_subcommand("run", "Run as a daemon");
  auto* validate = app->add_subcommand(
      "validate", "Check the configuration, report every error with file:line:column");
  auto* init = app->add_subcommand("init", "Write a commented starter configuration");
  init->add_option("FILE", line.path, "Where to (default gaikei.toml; - is standard output)");
  init->add_flag("--force", line.force, "Overwrite a file that exists");
  AddImport(*app->add_subcommand("import", "Print another tool's requests as a journey (TOML)"),
            line);
  AddSpool(*app->add_subcommand("spool", "What waits for the upstreams on this machine's disk"),
           line);
  auto* demo = app->add_subcommand(
      "demo", "A self-contained show on this machine: targets that misbehave on cue");
  demo->add_flag("--once", line.demo_once,
                 "Look at each once, print the table, exit 0 if all came out as announced");
  demo->add_option("--listen", line.listen,
                   "Where the HTTP endpoints listen (default 127.0.0.1:9115)")
      ->option_text("ADDRESS:PORT");
  auto* selftest = app->add_subcommand(
      "selftest", "How small a difference this prober can honestly report here");
  selftest->add_option("--duration", line.duration, "How long it measures, 1s to 5m (default 10s)")
      ->option_text("DURATION");
  selftest->add_option("-o,--output", line.common.output, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  auto* version = app->add_subcommand("version", "Print the version and those of the libraries");
  auto* help = app->add_subcommand("help", "Print help for a command");
  help->add_option("COMMAND", line.path, "Which command");

  for (auto* command : {check, once, run, validate}) AddConfig(*command, line.common);
  for (auto* command : {once, run, validate}) AddShard(*command, line.common);
  for (auto* command : {check, once, run, validate, init, demo, selftest, version, help}) {
    AddCommon(*command, line.common);
  }
  return app;
}

}  // namespace

CliResult ReadCommandLine(int argc, char** argv) {
  CommandLine line;
  auto app = MakeApp(line);
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    line.command = "version";
    return {std::move(line), 0};
  }
  try {
    app->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::string name;
    for (const auto* command : app->get_subcommands()) name = command->get_name();
    std::fputs(HelpText(name).c_str(), stdout);
    return {std::nullopt, 0};
  } catch (const CLI::ParseError& error) {
    if (argc <= 1) {
      std::fputs(HelpText("").c_str(), stderr);
    } else {
      std::fprintf(stderr, "gaikei: %s\n", Escape(error.what()).c_str());
      std::fputs("Run \"gaikei help\" or \"gaikei help COMMAND\" for what can be said.\n", stderr);
    }
    return {std::nullopt, 2};
  }
  const auto* command = app->get_subcommands().front();
  line.command = command->get_name();
  if (line.command == "import") line.import_format = command->get_subcommands().front()->get_name();
  if (line.command == "spool") line.spool_action = command->get_subcommands().front()->get_name();
  return {std::move(line), 0};
}

std::string HelpText(const std::string& command) {
  CommandLine line;
  auto app = MakeApp(line);
  if (command.empty()) return app->help();
  for (const auto* found : app->get_subcommands({})) {
    if (found->get_name() != command) continue;
    const bool has_formats = !found->get_subcommands({}).empty();
    return found->help("", has_formats ? CLI::AppFormatMode::All : CLI::AppFormatMode::Normal);
  }
  return "";
}

}  // namespace gaikei
