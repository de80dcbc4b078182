// Every bound of the program, with its reason and how it relates to the others. A loop, queue or buffer
// without a name here has no bound, and that is a defect.
// clang-format off: one limit a line, with what it is for
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bursar::limits {

using namespace std::chrono_literals;

// ── What a client may send ───────────────────────────────────────────────────────────────────────────────────────
inline constexpr std::size_t request_line_bytes = 8 * 1024;      // longer → 414
inline constexpr std::size_t request_head_bytes = 32 * 1024;     // request line and header fields; more → 431
inline constexpr std::size_t request_header_fields = 100;        // more → 431
inline constexpr std::size_t request_body_bytes = 64 * 1024;     // more → 413
inline constexpr std::size_t json_depth = 32;                    // a payment needs 2
inline constexpr std::size_t request_id_characters = 128;        // longer ones are replaced, never cut
inline constexpr std::size_t idempotency_key_characters = 255;   // payment_intents.idempotency_key
inline constexpr std::size_t description_characters = 500;       // code points, as PostgreSQL counts them
inline constexpr std::size_t reference_characters = 100;
inline constexpr std::size_t payment_method_characters = 255;
inline constexpr std::size_t metadata_pairs = 20;
inline constexpr std::size_t metadata_key_characters = 40;
inline constexpr std::size_t metadata_value_characters = 100;
inline constexpr std::size_t metadata_bytes = 3500;  // of all keys and values; jsonb adds 4 bytes to each and 8 once
static_assert(metadata_bytes + metadata_pairs * 8 + 8 <= 4096, "payment_intents.metadata");
inline constexpr std::size_t faults_listed = 100;    // of one request; 64 kB hold thousands of unknown fields
inline constexpr std::size_t shown_characters = 100; // of a name that a client sent, in our answer to it
inline constexpr std::size_t email_characters = 320; // contacts.email
inline constexpr std::size_t locale_characters = 35; // contacts.locale
inline constexpr std::size_t staff_target_characters = 128;  // staff_actions.target; a longer one is no id
inline constexpr std::size_t staff_detail_characters = 500;  // staff_actions.detail; more is cut
inline constexpr int analytics_days = 366;           // of one look at analytics_daily
inline constexpr std::size_t token_bytes = 8 * 1024;             // longer → 401
inline constexpr std::int64_t amount_minor_max = 9'007'199'254'740'991;  // 2^53 − 1: exact in every JSON reader
inline constexpr std::size_t page_items_default = 50;
inline constexpr std::size_t page_items_max = 200;
inline constexpr std::size_t page_entries_looked_at = 10'000;    // a page may be short; only "no cursor" is the end

// ── HTTP server ──────────────────────────────────────────────────────────────────────────────────────────────────
inline constexpr auto head_deadline = 10s;        // first byte of a request to the end of its head
inline constexpr auto body_deadline = 20s;        // end of head to end of body
inline constexpr auto idle_deadline = 75s;        // between requests on a kept connection
inline constexpr auto write_deadline = 20s;       // a client that does not read
inline constexpr auto linger_deadline = 2s;       // after an early refusal, so that the client can read it
inline constexpr std::size_t linger_bytes = 256 * 1024;
inline constexpr std::size_t connections_per_loop = 8 * 1024;
inline constexpr auto deadline_tick = 250ms;      // one ticker checks the deadlines of all connections
static_assert(deadline_tick * 4 <= linger_deadline);
inline constexpr std::size_t connection_buffer_bytes = 4 * 1024;   // a usual request; grows for a larger one, shrinks behind it
inline constexpr std::size_t grown_buffer_bytes = 64 * 1024 * 1024; // of all larger requests of one loop; more → 503
inline constexpr std::size_t chunk_line_bytes = 256;      // size and extensions of one chunk; longer → 400
inline constexpr std::size_t chunk_overhead_bytes = 512 * 1024;    // framing of one chunked body; more → 400
static_assert(chunk_overhead_bytes >= request_body_bytes * 5, "a body of one-byte chunks is legal");
inline constexpr std::size_t steps_at_once = 16;          // answers, and reads that need no waiting, before other connections get their turn
inline constexpr std::size_t accepts_at_once = 32;        // likewise for new connections
inline constexpr int listen_backlog = 1024;
inline constexpr std::size_t refused_connections = 256;   // above the limit, still reading their 503; more are closed at once
inline constexpr auto accept_pause = 100ms;               // without descriptors; then it is tried again
inline constexpr auto drain_grace = 500ms;                // a connection just used may have a request under way to us
inline constexpr std::size_t write_progress_bytes = 64 * 1024;     // a reader gets write_deadline for each so many
inline constexpr std::size_t query_parameters = 64;
inline constexpr std::size_t connections_per_address = connections_per_loop / 2;  // of one loop; an IPv6 /64 is one address
inline constexpr std::size_t grown_bytes_per_address = grown_buffer_bytes / 2;    // so that no address takes all of it
inline constexpr std::size_t client_hello_bytes = 16 * 1024;  // of TLS: libssl keeps room for what a client announces
inline constexpr std::size_t handshakes_per_loop = 2 * 1024;  // unfinished ones, ~60 KB each; more are closed
inline constexpr std::size_t handshakes_per_address = handshakes_per_loop / 2;
inline constexpr std::size_t blocked_answer_bytes = 64 * 1024 * 1024;  // waiting for slow readers, of one loop; more: the slowest is cut
inline constexpr int unsent_bytes = 128 * 1024;           // what the kernel takes of an answer before the client does
inline constexpr std::size_t other_files = 256;           // descriptors beside the clients' connections
inline constexpr auto strict_transport_for = 365 * 24h;   // Strict-Transport-Security, with TLS only
inline constexpr std::size_t trusted_proxies = 64;        // networks in BURSAR_TRUSTED_PROXIES
inline constexpr std::size_t forwarded_hops = 32;         // of X-Forwarded-For that are looked at

// ── Rate limits ──────────────────────────────────────────────────────────────────────────────────────────────────
inline constexpr std::size_t budget_sets = 32 * 1024;     // of the table of budgets, each a cache line of 8 slots: 2 MB
inline constexpr auto idle_budget_kept = 1s;              // a full budget's slot is not given to another key earlier…
inline constexpr auto budget_patience = 500ms;            // …and a decision that took longer than this is made again
static_assert(budget_patience <= idle_budget_kept, "what vanishes during a decision was full before it began");
inline constexpr auto rate_step_min = 10us;               // between two requests of a rate: 100,000 a second
inline constexpr auto rate_refill_max = 24h;              // from an empty budget to a full one
inline constexpr std::int64_t rate_burst_max = 1'000'000;
inline constexpr auto known_for = 24h;                    // an account at an address where it logged in
inline constexpr std::size_t known_sets = 4 * 1024;       // of the table of those, 8 each: 256 KB; the oldest is forgotten

// ── Database ─────────────────────────────────────────────────────────────────────────────────────────────────────
inline constexpr std::size_t batch_rows = 240;    // of every multi-row statement
inline constexpr std::size_t chunk_items = 240;   // two versions of a chunk fit one page, so every claim is a HOT update
static_assert(batch_rows <= chunk_items);
inline constexpr auto statement_timeout = 5s;     // on the server
inline constexpr auto lock_timeout = 2s;
inline constexpr auto statement_deadline = 6s;    // on our side; then the connection is dropped
inline constexpr auto idle_in_transaction_timeout = 10s;  // on the server: a process that stops there gives up its locks
static_assert(lock_timeout < statement_timeout && statement_timeout < statement_deadline);
inline constexpr auto migration_deadline = 10min; // of one migration; its locks still have lock_timeout
inline constexpr auto migration_retry_pause = 200ms;
inline constexpr int migration_attempts = 100;    // to get a lock that somebody holds
inline constexpr auto audit_deadline = 5min;      // of one page of the audit; it holds nobody up
inline constexpr int audit_page_payments = 20'000;       // in one snapshot
inline constexpr int audit_window_payments = 500'000;    // held while a ledger is read past them, ~64 MB
static_assert(audit_page_payments <= audit_window_payments);
inline constexpr auto connect_deadline = 3s;
inline constexpr auto reconnect_pause = 250ms;    // a database that is back is found within a second
inline constexpr std::size_t read_connections_per_loop = 4;
inline constexpr std::size_t intake_waiting = 4096;       // callers waiting for a batch, per loop; more → 503
static_assert(batch_rows <= intake_waiting);
inline constexpr auto intake_give_up = 900ms;     // without a database callers get their 503 within a second
inline constexpr auto accept_lock_timeout = 75ms; // a batch that meets a locked key is split until the key is alone…
inline constexpr std::size_t accept_split = 8;    // …into so many parts each time: 240 → 30 → 4 → 1
static_assert(accept_lock_timeout * 5 < intake_give_up, "the innocent are answered before they give up");
inline constexpr auto split_patience = 2s;        // more for who waits in a batch that is being split, on a busy machine
static_assert(intake_give_up + split_patience < statement_deadline);
inline constexpr auto idle_connection_check = 1s; // how late an idle lane notices that the server is gone
inline constexpr auto accept_pace = 2ms;          // commits of a busy accept lane are at least this far apart
inline constexpr auto finish_pace = 10ms;         // and of an execute or notify lane
inline constexpr auto partial_finish_every = 20ms;  // what has answered is finished at most this often
static_assert(finish_pace <= partial_finish_every);
inline constexpr auto finish_retry_max = 5s;      // between tries at a database that is away or too slow: doubled up to this
static_assert(reconnect_pause < finish_retry_max);

// ── Queues and workers ───────────────────────────────────────────────────────────────────────────────────────────
inline constexpr std::size_t claim_items = 500;   // a claim takes about this many references
inline constexpr std::size_t message_claim_items = 100;
inline constexpr auto idle_poll = 25ms;           // how late an idle worker sees another process's work
inline constexpr auto clock_measured_every = 10s; // the database's clock against ours
inline constexpr auto clock_drift = 2ms;          // of one against the other in that time: 200 ppm
inline constexpr auto beat_every = 1s;
inline constexpr auto beat_too_old_to_call = 3s;  // own beat this old: no outbound call is started
inline constexpr auto worker_lost_after = 4s;     // pipeline: dead_workers()
inline constexpr auto take_over_anyway_every = 1min;  // for what a claim committed late
inline constexpr auto take_over_check_every = 500ms;
static_assert(beat_every < beat_too_old_to_call && beat_too_old_to_call < worker_lost_after);
static_assert(worker_lost_after + take_over_check_every + idle_poll < 5s, "first attempt again within 5 s of a kill");
inline constexpr auto adopt_for = 10s;            // after a broken claim: how long to look for claims without an answer
static_assert(statement_deadline < adopt_for);
inline constexpr auto suspects_looked_for_every = 1s;
inline constexpr auto suspect_reserved_for = 3s;  // by the process that empties itself for it; renewed with each look
static_assert(suspects_looked_for_every * 2 <= suspect_reserved_for && suspect_reserved_for < worker_lost_after);
inline constexpr auto outbound_deadline = 10s;    // one call to a gateway or provider
inline constexpr auto drain_deadline = 12s;       // SIGTERM to exit
static_assert(outbound_deadline < drain_deadline);
inline constexpr std::size_t gateway_concurrency = 256;   // calls under way per gateway and process
inline constexpr std::size_t channel_concurrency = 128;   // sends under way per channel and process
inline constexpr int breaker_failures = 20;       // in a row; then a peer counts as down
inline constexpr auto breaker_pause_min = 500ms;  // doubled at each failed try…
inline constexpr auto breaker_pause_max = 30s;    // …up to this
inline constexpr auto breaker_look_every = 50ms;  // how late a caller notices that the peer is back
static_assert(breaker_pause_min < breaker_pause_max);
inline constexpr auto roll_up_every = 1s;         // a look at the newest days; one at which nothing changed writes nothing
inline constexpr int recent_days = 2;             // newest days with payments: today's, and yesterday's at midnight
inline constexpr auto roll_up_older_every = 10s;  // a look at all days before: ~20 µs each
inline constexpr int roll_up_rest = 4;            // times as long as a roll-up took: a fifth of one connection's time
inline constexpr auto roll_up_usual = 300ms;      // of a day with ~200,000 payments; up to there…
inline constexpr auto counted_within = 2s;        // …a payment is counted so soon behind its outcome
static_assert(roll_up_usual * 2 + roll_up_usual * roll_up_rest <= counted_within);
static_assert(roll_up_usual * 2 + roll_up_every <= counted_within);
inline constexpr auto roll_up_timeout = 120s;     // on the server, of one day: tens of millions of payments
inline constexpr auto roll_up_deadline = 125s;    // on our side
static_assert(roll_up_timeout < roll_up_deadline);
inline constexpr auto roll_up_retry_max = 10min;  // a day that fails is tried again after a second, then two, four…
inline constexpr auto accepts_commit_within = 1min;  // of created_at: a day is not final before
static_assert(intake_give_up + split_patience + statement_deadline < accepts_commit_within);
inline constexpr auto forget_workers_every = 1h;
inline constexpr auto worker_row_kept = 24h;       // after the last beat, for people who ask what happened
static_assert(forget_workers_every < worker_row_kept);
inline constexpr std::size_t analytics_rows = 10'000;     // days × currencies of one look at analytics_daily
inline constexpr std::size_t timeline_entries = 2'000;    // of one payment; look-ups, parking and replays add up
inline constexpr std::size_t peer_text_characters = 2000; // journal.answer, messages.reason
inline constexpr std::size_t outbound_answer_bytes = 64 * 1024;
inline constexpr std::size_t outbound_head_bytes = 16 * 1024;  // status line and header fields of a peer's answer
inline constexpr std::size_t outbound_waiting = 4096;     // callers in line for a connection, per client
inline constexpr auto outbound_idle = 20s;                // older kept connections are not used: peers close after 60 s
inline constexpr int outbound_interim_answers = 8;        // 1xx before the real answer
inline constexpr auto retry_after_max = 900s;             // what a peer asks beyond this is capped
inline constexpr std::size_t gateway_page_bytes = 1024 * 1024;  // 100 listed payments
inline constexpr std::size_t simulator_intents = 4'000'000;     // the simulator keeps them in memory, ~400 B each
inline constexpr std::size_t simulator_form_pairs = 100;
inline constexpr auto simulator_pause_max = 3600s;
inline constexpr int gateway_look_up_pages = 20;  // of 100 payments, newest first

// ── E-mail and SMS ───────────────────────────────────────────────────────────────────────────────────────────────
inline constexpr std::size_t smtp_reply_bytes = 8 * 1024; // all lines of one reply; RFC 5321 allows 512 a line
inline constexpr auto smtp_session_deadline = 5s;         // name, connect, banner, EHLO, TLS, AUTH; leaves time to send
static_assert(smtp_session_deadline < outbound_deadline);
inline constexpr std::size_t sms_text_characters = 1600;  // ten parts, what providers take

// ── Principals, client secrets, our own keys ─────────────────────────────────────────────────────────────────────
inline constexpr std::size_t principal_name_characters = 100;  // principals.name
inline constexpr std::size_t rate_limit_characters = 255;      // principals.rate_limit
inline constexpr std::size_t client_secrets = 5;          // good at a time, of one principal: overlap needs two
inline constexpr std::size_t client_secrets_listed = 50;  // of one principal, with those that ended
static_assert(client_secrets <= client_secrets_listed);
inline constexpr std::size_t argon2_memory_bytes = 19 * 1024 * 1024;  // of one hash: OWASP's first choice for argon2id…
inline constexpr unsigned argon2_passes = 2;                          // …with so many passes
inline constexpr std::size_t hashes_at_once = 2;          // threads of a process that do nothing else
inline constexpr std::size_t hashes_waiting = 64;         // log-ins in line for them, a second's worth; more → 503
inline constexpr std::size_t hashes_for_strangers = 32;   // of those, for accounts that are not known at their address
static_assert(hashes_for_strangers < hashes_waiting);
static_assert(argon2_passes >= 2 && hashes_at_once * argon2_memory_bytes <= 40 * 1024 * 1024, "100 MB a process");
static_assert(hashes_at_once < hashes_waiting);
inline constexpr auto access_poll_every = 200ms;          // of what changed about principals and keys
inline constexpr auto access_poll_deadline = 250ms;       // of each statement of a poll; then its connection is dropped
inline constexpr auto access_stale_after = 1s;            // without a poll: staff are looked up anew at each request
// What commits right behind a poll's look is learned by the next one: the rest of that poll (two statements),
// a pause, and one more statement.
static_assert(access_poll_every + 3 * access_poll_deadline < access_stale_after);
inline constexpr std::size_t access_changes_kept = 1000;  // migration 0002; who has missed more forgets everything
inline constexpr auto retired_key_verifies_for = 17min;  // until the last of its tokens has expired
inline constexpr auto key_list_max_age = 60s;             // how long others may keep /.well-known/jwks.json
inline constexpr auto key_published_for = 2min;           // before a key signs, everybody's list has it
static_assert(key_list_max_age + access_stale_after < key_published_for);

// ── Sinks of the development environment ─────────────────────────────────────────────────────────────────────────
inline constexpr std::size_t sink_connections = 1024;     // SMTP clients at once
inline constexpr auto sink_idle_deadline = 300s;          // RFC 5321 §4.5.3.2.7
inline constexpr std::size_t sink_line_bytes = 4 * 1024;  // an SMTP command
inline constexpr std::size_t sink_message_bytes = 1024 * 1024;
inline constexpr std::size_t sink_listed = 100'000;       // newest entries that the read API finds; all are in the file
inline constexpr std::size_t sink_remembered_ids = 400'000;    // message ids whose attempts are counted

// ── Process ──────────────────────────────────────────────────────────────────────────────────────────────────────
inline constexpr std::size_t log_queue_lines = 16 * 1024;
inline constexpr std::size_t cli_answer_bytes = 16 * 1024 * 1024;  // a mail as the sink kept it
inline constexpr auto cli_poll = 100ms;           // of `payments wait`
inline constexpr auto figures_every = 100ms;      // how old what health and metrics say may be
inline constexpr auto exit_slack = 3s;            // a process that has not ended so long after drain_deadline is ended
inline constexpr auto left_behind_deadline = 60s; // until the database processes of a killed run are gone
inline constexpr auto left_behind_look_every = 20ms;
inline constexpr auto child_ready_deadline = 60s; // a child of `up`, from its start to its ready line
inline constexpr auto child_looked_at_every = 200ms;  // how late `up` notices that a child ended
inline constexpr std::size_t config_file_bytes = 256 * 1024;  // .env, dev.env and files with secrets

// ── Tokens and the keys that verify them ─────────────────────────────────────────────────────────────────────────
inline constexpr auto token_lifetime_max = 15min;         // of those that we make
inline constexpr auto token_leeway = 30s;                 // between an issuer's clock and ours, at both ends
static_assert(token_leeway <= 60s);
inline constexpr std::size_t verified_tokens = 8 * 1024;  // remembered per loop, ~1 KB each…
inline constexpr std::size_t remembered_token_bytes = 2048;  // …at most these; longer ones are verified each time
inline constexpr std::size_t token_subject_bytes = 255;   // OpenID Connect Core §2
inline constexpr std::size_t key_id_bytes = 128;          // kid; a thumbprint has 43
inline constexpr std::size_t issuer_bytes = 255;          // iss and aud of a foreign issuer, and where its keys are
inline constexpr std::size_t foreign_issuers = 16;
inline constexpr std::size_t keys_per_issuer = 64;        // of one set; a larger one is refused
inline constexpr std::size_t key_set_bytes = 256 * 1024;  // of one set; with certificates in it, it has ~20 kB
inline constexpr std::size_t key_files = 64;
inline constexpr auto key_files_looked_at_every = 1s;     // how late a changed file is noticed
inline constexpr auto key_set_refresh_every = 5min;       // of a foreign issuer, less up to a fifth
inline constexpr auto key_set_deadline = 4s;              // of one fetch
inline constexpr auto key_set_retry_min = 1s;             // after a failed fetch; doubled at each…
inline constexpr auto key_set_retry_max = 60s;            // …up to this
static_assert(key_set_retry_min < key_set_retry_max && key_set_retry_max < key_set_refresh_every);
inline constexpr auto key_set_kept_for = 24h;             // the last good set, while fetches fail
inline constexpr auto unknown_key_refresh_every = 5s;     // fetches for tokens with a new kid begin this far apart
inline constexpr auto unknown_key_patience = 10s;         // of a request with such a token; then it is refused
static_assert(unknown_key_refresh_every + key_set_deadline < unknown_key_patience, "it outlasts one such fetch");
static_assert(unknown_key_refresh_every < key_set_refresh_every);
inline constexpr std::size_t unknown_key_waiting = 1024;  // such requests at once per issuer; more are refused at once

}  // namespace bursar::limits
