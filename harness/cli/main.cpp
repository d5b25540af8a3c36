#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "cli/command_tree.h"
#include "cli/commands.h"
#include "pages.h"
#include "transcript/node.h"

namespace {

using namespace karpspec::cli;

// Gives COMMAND the folder of suites, or complains.
template <class Command>
int with_suites(Common& common, Command&& command) {
  common.other_suites = !common.suites.empty();
  auto found = find_suites(common.suites);
  if (!found)
    return complain(found.error().message);
  common.suites = *found;
  return command();
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

// What an unknown option of the command may have been meant to be, or "".
std::string option_suggestion(const CLI::App* app) {
  const auto rest = app->remaining(true);
  if (rest.empty() || !rest.front().starts_with("--"))
    return {};
  std::vector<std::string> known;
  for (const CLI::App* each :
       {app, app->get_subcommands().empty()
                 ? app
                 : static_cast<const CLI::App*>(app->get_subcommands().front())}) {
    for (const CLI::Option* option : each->get_options())
      for (const std::string& name : option->get_lnames())
        known.push_back("--" + name);
  }
  const std::string near = karpspec::transcript::nearest(rest.front(), known);
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "Conformance and interop test harness for router key management (RKMP over IKEv2).\n"
      "Exit codes: 0 conforms; 1 does not; 2 bad usage or input; 3 nothing could be judged."};
  app.name("karpspec");
  app.require_subcommand(1);
  app.failure_message([](const CLI::App* parsed, const CLI::Error& error) {
    std::string what = error.what();
    // Without a command the library does not say what it found in its place.
    if (const auto rest = parsed->remaining(); parsed->get_subcommands().empty() && !rest.empty()) {
      what = rest.front().starts_with('-')
                 ? "no option '" + rest.front() + "'"
                 : "no command '" + rest.front() + "'" +
                       karpspec::transcript::suggestion(rest.front(), command_names(*parsed));
    }
    std::string command = "karpspec";
    for (const auto& sub : parsed->get_subcommands())
      command += " " + sub->get_name();
    return "karpspec: " + what + option_suggestion(parsed) + " ('" + command +
           " --help' says what there is)\n";
  });
  Common common;
  app.add_option("--suites", common.suites, "Folder with requirements, faults and scenarios");
  app.set_version_flag("--version", [&common] { return version_text("karpspec", common.suites); });
  add_pages(app, manual_of_karpspec);

  RunCommand run_command;
  auto* run_app = app.add_subcommand("run", "Play tests against a device and judge it");
  run_app->add_option("TEST", run_command.tests,
                      "Tests or suites: rkmp, rkmp/3.2/responder, rkmp/3.2/responder/one-policy");
  run_app->add_option("--dut", run_command.dut, "DUT file, or 'embedded' (the reference device)")
      ->capture_default_str();
  run_app->add_option("--jobs", run_command.jobs,
                      "Tests at a time (default: one a processor, and with a real device one). A\n"
                      "device with a network of its own is started up to that often, others once");
  run_app->add_option("--patience", run_command.patience,
                      "Real time that a step may take with a live device (default: 2m)");
  run_app->add_option("--shard", run_command.shard, "Play part I of N (I/N)");
  run_app->add_option("--seed", run_command.seed, "Seed of everything random")
      ->capture_default_str();
  run_app->add_option("--out", run_command.out,
                      "Directory for results.json, junit.xml, report.html, captures and keys");
  run_app->add_flag("--resume", run_command.resume, "Go on with the run that is in --out");
  run_app->add_flag("--force", run_command.force,
                    "Remove the run that is in --out, with its captures, before this one");
  run_app->add_option("--expected", run_command.expected, "File of expected results");
  run_app->add_flag("--no-probes", run_command.no_probes,
                    "Do not try out, after the tests, what the PICS does not claim");
  run_app->add_option("--fault", run_command.fault, "Give the reference device this fault");
  run_app->footer("Example: karpspec run rkmp/3.2 --dut embedded --seed 7 --out out/try");

  ProveCommand prove_command;
  auto* prove_app =
      app.add_subcommand("prove", "Play every fault against the tests that claim to catch it");
  prove_app->add_option("SUITE", prove_command.suites, "Only these tests or suites");
  prove_app->add_option("--fault", prove_command.faults, "Only these faults");
  prove_app->add_option("--out", prove_command.out, "Directory for the kill matrix");
  prove_app->add_option("--jobs", prove_command.jobs, "Faults at a time");
  prove_app->add_option("--seed", prove_command.seed, "Seed of everything random")
      ->capture_default_str();
  prove_app->footer("Example: karpspec prove rkmp --out out/prove");

  FuzzCommand fuzz_command;
  auto* fuzz_app = app.add_subcommand(
      "fuzz",
      "Alter the messages of real exchanges with a device, in clear and inside the encrypted\n"
      "payload, and see whether it serves on; or run one of the libFuzzer targets.\n"
      "Ends with 1 where something was found, each with a scenario that shows it again.");
  fuzz_app->add_option("TARGET", fuzz_command.target,
                       "A libFuzzer target (message, certificate, ...), built with clang");
  fuzz_app->add_option("--dut", fuzz_command.dut, "A DUT file, or embedded");
  fuzz_app->add_option("--time", fuzz_command.time, "Seconds")->capture_default_str();
  fuzz_app->add_option("--cases", fuzz_command.cases, "At most so many cases");
  fuzz_app->add_option("--seed", fuzz_command.seed, "Seed of everything random")
      ->capture_default_str();
  fuzz_app->add_option("--out", fuzz_command.out,
                       "Directory for fuzz.json, fuzz.html, the journal and findings/");
  fuzz_app->add_option("--only", fuzz_command.only, "Only these exchanges (several: a,b)")
      ->delimiter(',');
  fuzz_app
      ->add_option("--deadline", fuzz_command.deadline_ms,
                   "Milliseconds in which a live device answers a fresh exchange")
      ->capture_default_str();
  fuzz_app->add_flag("--resume", fuzz_command.resume, "Go on with the run that is in --out");
  fuzz_app->add_flag("--force", fuzz_command.force,
                     "Remove the run that is in --out, with its findings, before this one");
  fuzz_app->add_flag("--json", fuzz_command.json, "The report as JSON to standard output");
  fuzz_app->footer(
      "Example: karpspec fuzz --dut containers/duts/reference-process.yaml --time 60 --out "
      "out/fuzz");

  std::string list_what;
  std::vector<std::string> list_tests;
  bool list_json = false;
  auto* list_app = app.add_subcommand("list", "List what there is");
  list_app->add_option("WHAT", list_what)
      ->required()
      ->check(CLI::IsMember({"tests", "requirements", "faults", "suites", "payloads", "pics"}));
  list_app->add_option("SUITE", list_tests, "Only these tests or suites");
  list_app->add_flag("--json", list_json, "JSON instead of lines");
  bool list_questionnaire = false;
  list_app->add_flag("--questionnaire", list_questionnaire,
                     "Of pics: a YAML file with a question each, to be filled in and named by a "
                     "DUT file (pics: FILE)");
  list_app->footer("Example: karpspec list tests --json");

  std::string explain_name;
  auto* explain_app = app.add_subcommand("explain", "Explain a test, a requirement or a fault");
  explain_app
      ->add_option("NAME", explain_name,
                   "A test or its file (mine.yaml), a requirement, a fault or a decision of the "
                   "profile (P-24); of a suite its tests are listed, of a section (RKMP-4.1) its "
                   "requirements")
      ->required();
  explain_app->footer("Example: karpspec explain RKMP-4.1-02");

  DecodeCommand decode_command;
  auto* decode_app = app.add_subcommand(
      "decode", "Show a capture (pcap, pcapng), or one message, with its fields");
  auto* what_to_decode = decode_app->add_option_group("what");
  what_to_decode->add_option("CAPTURE", decode_command.capture,
                             "A file of packets: pcap or pcapng; '-' for standard input,\n"
                             "interface:NAME for what crosses it from now on");
  what_to_decode->add_option("--hex", decode_command.hex,
                             "One message from its first header octet on, as hexadecimal digits");
  what_to_decode->require_option(1);
  decode_app->add_option(
      "--keys", decode_command.keys,
      "Wireshark's ikev2_decryption_table; a file of preshared keys and private values; or a key\n"
      "table (.yaml, .yml, .json), by whose keys of\n"
      "TCP-AO and TCP MD5 every TCP segment is judged: ends with 1 where one is not authentic,\n"
      "and with 3 where no segment could be judged");
  auto* decode_json = decode_app->add_flag("--json", decode_command.json, "A JSON object a line");
  decode_app
      ->add_flag("--transcript", decode_command.transcript,
                 "A transcript in the language of scenarios, as 'karpspec diff' reads it")
      ->excludes(decode_json);
  decode_app->footer("Example: karpspec decode trace.pcapng --keys trace.keys");

  DiffCommand diff_command;
  auto* diff_app = app.add_subcommand(
      "diff", "Hold a capture against the transcript of what was expected, field by field");
  diff_app
      ->add_option("CAPTURE", diff_command.capture,
                   "A file of packets: pcap or pcapng; '-' for standard input, interface:NAME")
      ->required();
  diff_app
      ->add_option("TRANSCRIPT", diff_command.transcript,
                   "What was expected, as 'decode --transcript' writes it")
      ->required();
  diff_app->add_option("--keys", diff_command.keys,
                       "Wireshark's ikev2_decryption_table, a file of secrets, or a key table");
  diff_app->add_flag("--json", diff_command.json, "One JSON object to standard output");
  diff_app->add_flag(
      "--exact", diff_command.exact,
      "What the protocols permit beside the transcript counts too: copies, reordering");
  diff_app->add_flag("--update", diff_command.update,
                     "Write what the capture holds as the new transcript, for review");
  diff_app->add_option("--jobs", diff_command.jobs,
                       "Threads that read, open and compare (default: one a processor)");
  diff_app->footer(
      "Ends with 0 when nothing differs, 1 when something does, 2 when the capture cannot be read\n"
      "to its end, 3 when there were no keys for what would have to be compared.\n"
      "Example: karpspec diff trace.pcapng expected.transcript.yaml --keys trace.keys");

  ObserveCommand observe_command;
  auto* observe_app = app.add_subcommand(
      "observe", "Judge both sides of a capture, and name the one that broke a requirement");
  observe_app
      ->add_option("CAPTURE", observe_command.capture,
                   "A file of packets: pcap or pcapng; '-' for standard input, interface:NAME\n"
                   "(until it is interrupted)")
      ->required();
  observe_app->add_option("--keys", observe_command.keys,
                          "Wireshark's ikev2_decryption_table, a file of secrets, or a key table");
  observe_app->add_flag("--json", observe_command.json, "One JSON object to standard output");
  observe_app->add_flag("--whole", observe_command.whole,
                        "The capture has lost no frame: an AUTH that is wrong for the messages in\n"
                        "it counts although the responder took it");
  observe_app->add_option("--out", observe_command.out,
                          "Directory for observation.json and observation.txt");
  observe_app->footer(
      "Ends with 0 when no requirement was broken, 1 when one was, 2 when the capture cannot be\n"
      "read to its end, 3 when nothing could be judged.\n"
      "Example: karpspec observe trace.pcapng --keys trace.keys");

  InteropCommand interop_command;
  auto* interop_app = app.add_subcommand(
      "interop",
      "Every device of a matrix against every other, in both roles, on a bridge between the two;\n"
      "both say what they have, and the observer judges what crossed the bridge.");
  interop_app->add_option("MATRIX", interop_command.matrix, "A matrix file (YAML)")->required();
  interop_app->add_option(
      "--out", interop_command.out,
      "Directory for interop.html, interop.json, captures, keys and transcripts");
  interop_app->add_option("--shard", interop_command.shard, "Play part I of N (I/N)");
  interop_app
      ->add_option("--only", interop_command.only,
                   "Only these cells: EXCHANGE/INITIATOR/RESPONDER, or the beginning of that\n"
                   "(several: a,b)")
      ->delimiter(',');
  interop_app->add_option("--seed", interop_command.seed, "In the place of the matrix's");
  interop_app->add_option("--expected", interop_command.expected, "File of expected results");
  interop_app->add_flag("--resume", interop_command.resume, "Go on with the run that is in --out");
  interop_app->add_flag("--force", interop_command.force,
                        "Remove the run that is in --out, with its captures, before this one");
  interop_app->add_flag("--json", interop_command.json, "The results as JSON to standard output");
  interop_app->footer(
      "Ends with 0 when no cell failed that was not expected to, 1 when one did, 2 for bad usage\n"
      "or input, 3 when nothing was judged: a device or the laboratory failed.\n"
      "Example: karpspec interop containers/interop/matrix.yaml --out out/interop");

  KeytableCommand keytable_command;
  auto* keytable_app = app.add_subcommand(
      "keytable", "Key tables (RFC 7210) and key chains (RFC 8177): check, convert");
  keytable_app->require_subcommand(1);
  const auto about_chains = [&](CLI::App* sub) {
    sub->add_option("FILE", keytable_command.file,
                    "Key table in YAML or JSON, or RFC 8177 key chains in JSON (RFC 7951)")
        ->required();
    sub->add_option("--protocol", keytable_command.protocol,
                    "What keys of a key chain are for, which RFC 8177 has no place for");
    sub->add_option("--peers", keytable_command.peers,
                    "Whom they are shared with: addresses, link, 'area N' (several: a,b)")
        ->delimiter(',');
    sub->add_option("--interfaces", keytable_command.interfaces, "On which interfaces")
        ->delimiter(',')
        ->capture_default_str();
  };
  auto* check_app = keytable_app->add_subcommand(
      "check",
      "Hold every row against the rules of suites/protocols, and the rows against each other.\n"
      "Ends with 1 where a rule is violated; advice is about what is legal but unwise.");
  about_chains(check_app);
  check_app->add_flag("--json", keytable_command.json, "One JSON object to standard output");
  check_app->footer("Example: karpspec keytable check suites/keytable/example.yaml");

  auto* convert_app = keytable_app->add_subcommand(
      "convert",
      "Write a key table as RFC 8177 key chains, or key chains as a key table. What is written "
      "has\n"
      "the keys in it. Ends with 1 where keys had to be left out (--plain).");
  about_chains(convert_app);
  convert_app->add_flag("--json", keytable_command.json, "A table as JSON instead of YAML");
  convert_app->add_option("--to", keytable_command.to, "Form, where it is not the other one")
      ->check(CLI::IsMember({"table", "key-chains"}));
  convert_app->add_flag("--plain", keytable_command.plain,
                        "Key chains without members that RFC 8177 does not have");
  convert_app->add_option("--out", keytable_command.out,
                          "File, which only its owner can read; without it standard output");
  convert_app->footer(
      "Example: karpspec keytable convert suites/keytable/example.yaml --out chains.json");

  ReportCommand report_command;
  auto* report_app = app.add_subcommand("report", "Write reports anew from results.json");
  report_app->add_option("DIR", report_command.directories, "Directories of --out");
  auto* format_option =
      report_app
          ->add_option("--format", report_command.formats,
                       "html, junit, json, markdown, sarif, pdf (several: a,b); a PDF is printed "
                       "by Chromium")
          ->delimiter(',')
          ->check(CLI::IsMember({"html", "junit", "json", "markdown", "sarif", "pdf"}));
  report_app->add_option("--out", report_command.out, "Directory for them, if not DIR itself");
  const std::string about_sign =
      "Sign all files of the directory: a private key and its certificate in PEM (RSA, ECDSA)";
  report_app->add_option("--sign", report_command.sign, about_sign)->type_name("KEY,CERT");
  report_app->footer("Example: karpspec report out/try --format html,junit");
  MergeCommand merge_command;
  auto* merge_app = report_app->add_subcommand(
      "merge",
      "The shards of a run or of a matrix (--shard) as the whole: results.json, junit.xml,\n"
      "report.html and tests/, or interop.json and cells/, in --out. Shards that are missing, "
      "there twice or of another run are refused.\n"
      "Ends as the whole does: 0 conforms, 1 does not, 3 nothing was judged.");
  merge_app->add_option("DIR", merge_command.directories, "Directories of all shards")->required();
  merge_app->add_option("--out", merge_command.out, "Directory, which is made")->required();
  merge_app->add_option("--sign", merge_command.sign, about_sign)->type_name("KEY,CERT");
  merge_app->footer("Example: karpspec report merge out/1 out/2 --out out/whole");
  VerifyCommand verify_command;
  auto* verify_app = report_app->add_subcommand(
      "verify",
      "Whether a directory is as it was signed (--sign). Names each file that was changed, added "
      "or\nremoved; ends with 1 where there is one, or the signature does not verify.");
  verify_app->add_option("DIR", verify_command.directory, "A signed directory")->required();
  auto* cert_option = verify_app->add_option("--cert", verify_command.certificate,
                                             "The signer's certificate (PEM): no other will do");
  verify_app
      ->add_option("--trust", verify_command.issuers,
                   "Certificates (PEM) that the signer's has to lead to")
      ->excludes(cert_option);
  verify_app->footer("Example: karpspec report verify out/try --cert lab.crt");
  CompareCommand compare_command;
  auto* compare_app = report_app->add_subcommand(
      "compare",
      "Several runs side by side: of several devices, or of one device more than once.\n"
      "Writes comparison.html, comparison.json and comparison.md to --out; without it the "
      "Markdown\n"
      "goes to standard output. Ends with 0 once it is made, unless --exit-code is given.");
  compare_app->add_option("DIR", compare_command.directories, "Directories of runs, in their order")
      ->required()
      ->expected(2, -1);
  compare_app->add_option("--out", compare_command.out, "Directory for the comparison");
  compare_app->add_flag("--json", compare_command.json, "JSON to standard output");
  compare_app->add_flag(
      "--exit-code", compare_command.exit_code,
      "End with 1 where a later run of a device is worse than the one before it: a test newly "
      "fails, or passed and does not any more, and is not expected to");
  compare_app->footer(
      "Example: karpspec report compare out/strongswan out/libreswan --out out/compared");

  for (CLI::App* sub : app.get_subcommands({}))
    sub->fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    // Of a command that there is not, there is no help.
    if (const auto rest = app.remaining(); app.get_subcommands().empty() && !rest.empty())
      return complain("no command '" + rest.front() + "'" +
                      karpspec::transcript::suggestion(rest.front(), command_names(app)));
    return app.exit(help, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? conforms : bad_input;
  }
  if (run_app->parsed())
    return with_suites(common, [&] { return run(common, run_command); });
  if (prove_app->parsed())
    return with_suites(common, [&] { return prove(common, prove_command); });
  if (fuzz_app->parsed())
    return with_suites(common, [&] { return fuzz(common, fuzz_command); });
  if (list_app->parsed()) {
    return with_suites(
        common, [&] { return list(common, list_what, list_tests, list_json, list_questionnaire); });
  }
  if (explain_app->parsed()) {
    return with_suites(common, [&] { return explain(common, explain_name); });
  }
  if (decode_app->parsed())
    return decode(common, decode_command);
  if (diff_app->parsed())
    return diff(common, diff_command);
  if (observe_app->parsed())
    return with_suites(common, [&] { return observe(common, observe_command); });
  if (interop_app->parsed())
    return with_suites(common, [&] { return interop(common, interop_command); });
  if (check_app->parsed() || convert_app->parsed()) {
    if (keytable_command.protocol.empty() != keytable_command.peers.empty())
      return complain("--protocol and --peers belong together");
    const auto command = check_app->parsed() ? keytable_check : keytable_convert;
    return with_suites(common, [&] { return command(common, keytable_command); });
  }
  for (const CLI::App* sub : {compare_app, merge_app, verify_app}) {
    if (sub->parsed() && format_option->count() > 0)
      return complain("--format: " + sub->get_name() + " does not write formats of its choice");
  }
  if (compare_app->parsed())
    return compare(compare_command);
  if (merge_app->parsed())
    return merge(merge_command);
  if (verify_app->parsed())
    return verify(verify_command);
  if (report_command.directories.empty() ||
      (report_command.formats.empty() && report_command.sign.empty()))
    return complain(std::string(report_command.directories.empty() ? "DIR" : "--format or --sign") +
                    " is required ('karpspec report --help' says what there is)");
  return report(report_command);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int code = parse_and_run(argc, argv);
    // What was not written was not said.
    if (!std::cout.flush()) {
      std::cerr << "karpspec: standard output cannot be written\n";
      return not_judged;
    }
    return code;
  } catch (const std::exception& error) {
    // Only libraries throw, and only when something is out of order that is no input's fault.
    std::cerr << "karpspec: " << error.what() << "\n";
    return not_judged;
  }
}
