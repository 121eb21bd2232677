"""The parts of `remote_vision_service`: endpoints, requests, answers, failures."""
