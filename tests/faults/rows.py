"""Which tests stand for which row of the table of faults: the row's number, what goes wrong, the
tests that make it go wrong for real.

`test_rows.py` holds that every row is here and that every test is there. `ELSEWHERE` says what a
row's tests cannot show on every machine.
"""

from __future__ import annotations

ENGINE = "tests/engine/test_server.py::"
WIRE = "tests/faults/test_wire.py::"
PROCESS = "tests/faults/test_process.py::"
CHAT = "tests/test_chat_manager.py::"
SOCKET = "tests/parts/test_chat_socket.py::"
LIBRARY = "tests/parts/test_drawings_library.py::"
VECTOR = "tests/drawings/test_vector_formats.py::"
GUARD = "tests/test_guard.py::"
ACCESS = "tests/test_access.py::"
HOSTILE = "tests/browser/test_hostile.py::"
OWNERS = "tests/parts/test_two_owners.py::"
FILES = "tests/faults/test_files.py::"
DOORS = "tests/faults/test_doors.py::"
PLANTED = "tests/test_chat_planted.py::"
REAL_FILES = "tests/drawings/test_planted_instructions.py::"

_WITHIN = "tests/faults/test_bounds.py::test_rows_1_to_17_what_is_built_in_is_within"
_BAD = FILES + "test_rows_26_to_37_bad_files_are_refused_by_name"
_CALLS_NOBODY = FILES + "test_rows_33_35_and_36_nothing_else_is_opened_and_nobody_called"
_STRANGERS = DOORS + "test_rows_43_to_45_strangers_are_refused"
_REFUSED = LIBRARY + "test_refused_uploads_leave_nothing"
_FRAMES = WIRE + "test_rows_19_to_22_bad_frames"

ROWS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "kill -9 of the engine's core in the middle of an answer",
        (
            ENGINE + "test_row_1_a_killed_engine_is_told_and_comes_back",
            CHAT + "test_row_1_engine_death_interrupts_running_turns_and_the_next_is_answered",
            _WITHIN,
        ),
    ),
    2: (
        "SIGSTOP of the engine's core",
        (
            "tests/engine/test_faults.py::"
            "test_row_2_a_hung_engine_is_not_ready_comes_back_and_is_given_up",
            "tests/engine/test_qwen_vision_service.py::"
            "test_a_hung_idle_engine_is_noticed_and_comes_back",
            _WITHIN,
        ),
    ),
    3: (
        "kill -9 of the server in the middle of an answer",
        (
            PROCESS + "test_row_3_a_killed_server_keeps_every_word_that_was_shown",
            ENGINE + "test_row_3_a_killed_server_leaves_no_process_and_marks_the_answer",
            CHAT + "test_row_3_after_a_crash_the_partial_answer_is_there_and_resume_ends",
            "tests/parts/test_shared_memory.py::test_only_a_killed_servers_memory_is_removed",
        ),
    ),
    4: ("SIGTERM in the middle of an answer", (PROCESS + "test_row_4_a_sigterm_loses_no_word",)),
    5: (
        "SIGTERM with a client that reads nothing",
        (PROCESS + "test_row_5_a_sigterm_with_a_client_that_reads_nothing", _WITHIN),
    ),
    6: (
        "no model, or no memory for it, at the start",
        (
            PROCESS + "test_row_6_a_missing_model_leaves_the_page_up_and_says_what_to_do",
            "tests/engine/test_qwen_vision_service.py::test_row_6_no_memory_is_told_and_leaves_nothing",
        ),
    ),
    7: (
        "one request fails in the engine",
        (
            CHAT + "test_row_7_a_failing_request_is_the_only_one",
            "tests/engine/test_qwen_vision_service.py::"
            "test_row_7_a_schema_that_is_none_fails_alone",
        ),
    ),
    8: ("disk full at an upload", (PROCESS + "test_rows_8_and_9_a_full_disk",)),
    9: (
        "disk full at a write of the database",
        (
            PROCESS + "test_rows_8_and_9_a_full_disk",
            "tests/parts/test_storage_database.py::"
            "test_row_9_a_full_disk_is_a_typed_error_and_the_database_stays_sound",
        ),
    ),
    10: (
        "database locked by another program",
        (
            PROCESS + "test_row_10_a_locked_database_is_a_bounded_wait_and_503",
            "tests/parts/test_storage_database.py::"
            "test_row_10_a_lock_from_outside_is_a_bounded_wait_off_the_loop",
        ),
    ),
    11: (
        "data folder read-only",
        (
            PROCESS + "test_row_11_a_read_only_data_folder_refuses_the_start",
            "tests/parts/test_storage_database.py::"
            "test_row_11_the_server_does_not_start_and_says_why",
        ),
    ),
    12: (
        "slow reader",
        (
            WIRE + "test_row_12_clients_that_read_nothing_are_dropped_and_cost_nothing",
            SOCKET + "test_row_12_a_client_that_reads_nothing_is_dropped_and_the_turn_goes_on",
            _WITHIN,
        ),
    ),
    13: (
        "a client vanishes",
        (
            WIRE + "test_row_13_a_client_that_vanishes_leaves_nothing",
            SOCKET + "test_row_13_a_lost_socket_is_no_stop_and_leaves_nothing",
        ),
    ),
    14: ("idle sockets", (WIRE + "test_row_14_idle_sockets_cost_little_and_leave_nothing",)),
    15: (
        "1,000 half-sent requests",
        (WIRE + "test_row_15_half_sent_requests_are_closed", _WITHIN),
    ),
    16: ("200 MB of headers", (WIRE + "test_row_16_endless_headers",)),
    17: (
        "a message of 100 MB",
        (
            WIRE + "test_row_17_a_message_of_100_mb",
            SOCKET + "test_row_17_too_large_a_frame_closes_with_1009",
        ),
    ),
    18: ("a compressed bomb", (WIRE + "test_row_18_compression_is_never_agreed_on",)),
    19: ("binary frames", (_FRAMES,)),
    20: (
        "bad JSON, deep nesting",
        (_FRAMES, "tests/parts/test_frame_fuzz.py::test_no_frame_hurts"),
    ),
    21: ("unknown types, extra keys", (_FRAMES,)),
    22: (
        "lone surrogates, NUL, bad UTF-8",
        (_FRAMES, WIRE + "test_row_22_bad_utf_8_closes_with_1007"),
    ),
    23: (
        "a flood of questions, frames or chunks from one user",
        (
            DOORS + "test_row_23_a_flood_of_questions_is_busy_and_others_are_answered",
            WIRE + "test_row_23_a_flood_of_empty_frames_is_cut_off",
            "tests/parts/test_chunked_reads.py::test_tiny_chunks_are_processed_in_chunks",
            "tests/parts/test_chunked_reads.py::test_tiny_messages_are_processed_in_chunks",
            CHAT + "test_row_23_the_queue_is_bounded",
            "tests/test_chat_request_queue.py::"
            "test_row_23_a_flood_is_busy_and_leaves_room_for_others",
            "tests/test_chat_request_queue.py::test_row_23_one_owner_never_has_all_places",
        ),
    ),
    24: (
        "a flood of sockets from one user",
        (
            DOORS + "test_row_24_a_flood_of_sockets_is_refused_and_others_come_in",
            ACCESS + "test_row_24_one_owner_has_so_many_at_once_and_others_their_own",
            SOCKET + "test_row_24_turns_of_a_socket_are_bounded",
        ),
    ),
    25: (
        "a prompt over the context",
        (
            ENGINE + "test_row_25_too_long_a_prompt_is_refused_with_numbers",
            "tests/test_chat_context.py::test_row_25_only_a_prompt_that_does_not_fit_is_refused",
        ),
    ),
    26: (
        "truncated, corrupt or unknown files",
        (
            _BAD,
            _REFUSED,
            FILES + "test_row_26_a_jpeg_that_is_damaged_in_its_middle_says_so",
            "tests/drawings/test_fuzz.py::test_damaged_files",
        ),
    ),
    27: ("a PNG of 60000×60000", (_BAD, _REFUSED)),
    28: ("1×1 and 1×20000", (_BAD, _REFUSED)),
    29: ("a TIFF with loops or very many frames", (_BAD, _REFUSED)),
    30: ("a PDF of very many pages", (_BAD, _REFUSED)),
    31: (
        "a huge MediaBox",
        (
            FILES + "test_row_31_a_huge_page_is_drawn_smaller_and_says_so",
            LIBRARY + "test_row_31_a_huge_page_is_capped_with_a_warning",
        ),
    ),
    32: ("an encrypted or damaged PDF", (_BAD, _REFUSED)),
    33: (
        "scripts in a PDF",
        (_CALLS_NOBODY, LIBRARY + "test_row_33_scripts_in_a_pdf_do_not_run"),
    ),
    34: ("DXF bombs", (_BAD, VECTOR + "test_row_34_dxf_bombs_end_typed")),
    35: (
        "paths to other files in a DXF",
        (_CALLS_NOBODY, VECTOR + "test_row_35_outside_references_are_not_opened"),
    ),
    36: (
        "entities and references in an SVG",
        (
            _CALLS_NOBODY,
            _BAD,
            VECTOR + "test_row_36_svg_entities_and_references",
            VECTOR + "test_row_36_an_svg_bomb_ends_typed",
        ),
    ),
    37: (
        "wrong magic, polyglot, zip",
        (
            _BAD,
            "tests/test_drawings_sniff.py::test_row_37_polyglot_zip_with_a_pdf_inside_is_a_zip",
            "tests/test_drawings_sniff.py::test_refused_with_what_to_do",
        ),
    ),
    38: (
        "file names that are paths, too long, or turn the text around",
        (
            FILES + "test_row_38_a_name_is_a_label_and_never_a_path",
            FILES + "test_row_38_a_damaged_name_inside_a_file_costs_nobody_the_sheet",
            "tests/parts/test_drawings_upload.py::test_row_38_names_are_labels_only",
            "tests/parts/test_drawings_upload.py::test_row_38_long_names_keep_their_ending",
        ),
    ),
    39: (
        "the same file many times at once",
        (
            FILES + "test_row_39_the_same_file_fifty_times_at_once_is_one",
            LIBRARY + "test_row_39_the_same_file_many_times_at_once",
        ),
    ),
    40: (
        "an upload cut in half",
        (
            FILES + "test_row_40_an_upload_cut_in_half_leaves_nothing",
            "tests/parts/test_drawings_routes.py::test_row_40_an_upload_cut_in_half_leaves_nothing",
        ),
    ),
    41: (
        "guessing tokens",
        (
            DOORS + "test_rows_41_and_48_guessing_from_one_address_has_to_wait",
            DOORS + "test_row_41_tokens_are_compared_in_constant_time",
            ACCESS + "test_41_guessing_has_to_wait_and_others_have_not",
            ACCESS + "test_41_the_wait_doubles_up_to_a_minute_and_ends",
        ),
    ),
    42: (
        "another owner's identifiers, in any call or frame",
        (
            OWNERS + "test_42_every_route_with_anothers_ids_answers_404",
            OWNERS + "test_42_identifiers_in_queries_and_bodies",
            OWNERS + "test_42_lists_hold_only_ones_own",
            OWNERS + "test_42_every_frame_with_anothers_ids_is_not_found",
            OWNERS + "test_42_another_persons_live_turn_cannot_be_stopped_or_watched",
        ),
    ),
    43: (
        "a wrong or null Origin",
        (
            _STRANGERS,
            DOORS + "test_row_43_pictures_may_be_read_from_anywhere",
            GUARD + "test_43_another_sites_page_is_refused",
            GUARD + "test_a_real_server_refuses_the_handshake_with_the_status",
        ),
    ),
    44: ("an evil Host", (_STRANGERS, GUARD + "test_44_another_host_is_refused_before_the_app")),
    45: ("a cross-site form", (_STRANGERS, GUARD + "test_45_a_cross_site_form_is_refused")),
    46: (
        "script in a file name, an answer, a history",
        (
            HOSTILE + "test_rows_46_and_47_a_hostile_answer_is_inert",
            HOSTILE + "test_row_46_a_hostile_history_and_file_name_are_inert",
        ),
    ),
    47: (
        "an answer with a picture from elsewhere",
        (HOSTILE + "test_rows_46_and_47_a_hostile_answer_is_inert",),
    ),
    48: (
        "a spoofed X-Forwarded-For",
        (
            DOORS + "test_rows_41_and_48_guessing_from_one_address_has_to_wait",
            ACCESS + "test_row_48_forwarded_headers_count_from_a_trusted_proxy",
            ACCESS + "test_row_48_a_spoofed_address_does_not_escape_the_wait",
        ),
    ),
    49: (
        "special tokens in a question, a file name, a drawing's text",
        (
            "tests/engine/test_qwen_vision_service.py::"
            "test_row_49_control_tokens_in_a_question_are_plain_text",
            "tests/test_engine_prompt.py::test_row_49_no_token_stays_in_what_comes_from_outside",
            "tests/test_engine_prompt.py::test_no_nesting_restores_a_token",
            PLANTED + "test_a_drawings_name_is_a_name",
        ),
    ),
    50: (
        "instructions written inside a drawing",
        (
            PLANTED + "test_row_50_a_sheet_cannot_leave_its_fence",
            PLANTED + "test_a_tools_answer_is_json_whatever_the_sheet_says",
            REAL_FILES + "test_in_the_text_of_a_pdf",
            REAL_FILES + "test_in_the_texts_of_a_dxf",
            REAL_FILES + "test_in_a_picture_whose_text_is_recognised",
            "tests/test_tools_sheet_tools.py::"
            "test_only_the_drawings_of_the_conversation_are_searched",
            "tests/test_chat_context.py::test_another_owners_drawing_is_not_shown",
        ),
    ),
}

#: What a row's tests cannot show everywhere, or not at all, and why.
ELSEWHERE: dict[int, str] = {
    1: "the real engine's death needs vLLM, `tests/engine`; the 2 s are how often it is asked",
    2: "needs vLLM; the 30 s are the sum of two settings, `test_bounds.py`",
    5: "on a busy machine the 5 s after the grace time are not measured, but held as a number",
    7: "by the real engine in what it refuses; that one fails it in its middle, by the fake one",
    8: "needs a user namespace for a small disk (Linux, not inside every container)",
    9: "as row 8; the test of the database alone limits its pages instead and runs everywhere",
    11: "as row 8 for root, who may write anywhere else",
    14: "500 sockets here; the 5,000 beside 16 streams are a benchmark, benchmarks/sockets.py",
    18: "compression is never agreed on: such a frame breaks the protocol, 1002 and not 1009",
    23: "that others' first words are not later is a time, in no test; that they are answered is",
    27: "the 200 ms are a time, in no test; its 11 GB of pixels fit into no worker, "
    "so that only the header can be read",
    34: "bombs are counted before they are drawn, in a second; what is none and takes long ends "
    "after `decode_seconds` (60 s), as a large honest drawing takes half a minute here",
    41: "a difference of nanoseconds is not measured: the code compares by `hmac.compare_digest`",
    46: "needs Chromium",
    47: "needs Chromium",
    50: "what a model believes cannot be tested; that the words keep their place in the prompt and "
    "that its tools reach only this conversation's drawings can",
}
