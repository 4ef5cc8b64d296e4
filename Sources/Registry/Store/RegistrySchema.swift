import GRDB

/// The registry's tables, version by version. Times are milliseconds since 1970.
enum RegistrySchema {
    static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: tracking)
            try database.execute(sql: models)
            try database.execute(sql: artifacts)
            try database.execute(sql: retraining)
            try database.execute(sql: trainingSets)
            try database.execute(sql: jobs)
            try database.execute(sql: rollouts)
            try database.execute(sql: bookkeeping)
        }
        return migrator
    }

    private static let tracking = """
        CREATE TABLE experiment (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, artifact_location TEXT NOT NULL,
            stage TEXT NOT NULL DEFAULT 'active', created INTEGER NOT NULL, updated INTEGER NOT NULL,
            -- When it was deleted; for a run and a logged model too.
            deleted INTEGER);
        CREATE TABLE experiment_tag (
            experiment INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
            key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (experiment, key)) WITHOUT ROWID;

        CREATE TABLE run (
            id TEXT PRIMARY KEY, experiment INTEGER NOT NULL REFERENCES experiment, name TEXT NOT NULL,
            user TEXT NOT NULL, status TEXT NOT NULL, start_time INTEGER, end_time INTEGER,
            artifact_uri TEXT NOT NULL, stage TEXT NOT NULL DEFAULT 'active', deleted INTEGER) WITHOUT ROWID;
        CREATE INDEX run_experiment ON run (experiment, stage, start_time);
        CREATE TABLE run_tag (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
            key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)) WITHOUT ROWID;
        CREATE TABLE param (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
            key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)) WITHOUT ROWID;

        -- SQLite keeps no NaN: `value` is then 0 and `is_nan` 1.
        CREATE TABLE metric (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE, key TEXT NOT NULL,
            timestamp INTEGER NOT NULL, step INTEGER NOT NULL, value REAL NOT NULL, is_nan INTEGER NOT NULL,
            PRIMARY KEY (run, key, timestamp, step, value, is_nan)) WITHOUT ROWID;
        CREATE TABLE latest_metric (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE, key TEXT NOT NULL,
            timestamp INTEGER NOT NULL, step INTEGER NOT NULL, value REAL NOT NULL, is_nan INTEGER NOT NULL,
            PRIMARY KEY (run, key)) WITHOUT ROWID;
        CREATE INDEX latest_metric_value ON latest_metric (key, is_nan, value);

        CREATE TABLE dataset (
            id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL REFERENCES experiment ON DELETE CASCADE,
            name TEXT NOT NULL, digest TEXT NOT NULL, source_type TEXT NOT NULL, source TEXT NOT NULL,
            schema TEXT, profile TEXT, created INTEGER NOT NULL, UNIQUE (experiment, name, digest));
        CREATE TABLE run_dataset (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
            dataset INTEGER NOT NULL REFERENCES dataset, PRIMARY KEY (run, dataset)) WITHOUT ROWID;
        CREATE INDEX run_dataset_dataset ON run_dataset (dataset);
        CREATE TABLE run_dataset_tag (
            run TEXT NOT NULL, dataset INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (run, dataset, key),
            FOREIGN KEY (run, dataset) REFERENCES run_dataset ON DELETE CASCADE) WITHOUT ROWID;

        CREATE TABLE logged_model (
            id TEXT PRIMARY KEY, experiment INTEGER NOT NULL REFERENCES experiment, name TEXT NOT NULL,
            source_run TEXT, artifact_uri TEXT NOT NULL, status TEXT NOT NULL, status_message TEXT,
            model_type TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL,
            stage TEXT NOT NULL DEFAULT 'active', deleted INTEGER) WITHOUT ROWID;
        CREATE INDEX logged_model_experiment ON logged_model (experiment, stage, created);
        CREATE INDEX logged_model_run ON logged_model (source_run);
        CREATE TABLE logged_model_tag (
            model TEXT NOT NULL REFERENCES logged_model ON DELETE CASCADE,
            key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;
        CREATE TABLE logged_model_param (
            model TEXT NOT NULL REFERENCES logged_model ON DELETE CASCADE,
            key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;
        CREATE TABLE logged_model_metric (
            model TEXT NOT NULL REFERENCES logged_model ON DELETE CASCADE, run TEXT NOT NULL, key TEXT NOT NULL,
            timestamp INTEGER NOT NULL, step INTEGER NOT NULL, value REAL NOT NULL, is_nan INTEGER NOT NULL,
            dataset_name TEXT NOT NULL DEFAULT '', dataset_digest TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (model, key, timestamp, step, value, is_nan, run, dataset_name, dataset_digest)
        ) WITHOUT ROWID;

        CREATE TABLE run_model_input (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE, model TEXT NOT NULL REFERENCES logged_model,
            PRIMARY KEY (run, model)) WITHOUT ROWID;
        CREATE INDEX run_model_input_model ON run_model_input (model);
        CREATE TABLE run_model_output (
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE, model TEXT NOT NULL REFERENCES logged_model,
            step INTEGER NOT NULL, PRIMARY KEY (run, model)) WITHOUT ROWID;
        CREATE INDEX run_model_output_model ON run_model_output (model);

        """

    private static let models = """
        CREATE TABLE registered_model (
            name TEXT PRIMARY KEY, created INTEGER NOT NULL, updated INTEGER NOT NULL,
            description TEXT NOT NULL DEFAULT '', is_protected INTEGER NOT NULL DEFAULT 0,
            -- Tells it from models that had its name before, and stays when it is renamed.
            life INTEGER NOT NULL UNIQUE) WITHOUT ROWID;
        -- The highest number ever given to a version under a name: none is given twice, not even when its model is
        -- deleted and another takes the name.
        CREATE TABLE version_number (model TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE registered_model_tag (
            model TEXT NOT NULL REFERENCES registered_model ON DELETE CASCADE ON UPDATE CASCADE,
            key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) WITHOUT ROWID;

        CREATE TABLE model_version (
            model TEXT NOT NULL REFERENCES registered_model ON DELETE CASCADE ON UPDATE CASCADE,
            version INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
            description TEXT NOT NULL DEFAULT '', stage TEXT NOT NULL DEFAULT 'None', source TEXT NOT NULL,
            run TEXT NOT NULL DEFAULT '', run_link TEXT NOT NULL DEFAULT '', logged_model TEXT,
            -- Who registered it, whatever the model is called since.
            creator TEXT NOT NULL DEFAULT '',
            -- SHA-256 over the pinned files; NULL while there are none.
            digest TEXT, PRIMARY KEY (model, version)) WITHOUT ROWID;
        CREATE INDEX model_version_run ON model_version (run);
        CREATE INDEX model_version_logged_model ON model_version (logged_model);
        CREATE TABLE model_version_tag (
            model TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (model, version, key),
            FOREIGN KEY (model, version) REFERENCES model_version ON DELETE CASCADE ON UPDATE CASCADE
        ) WITHOUT ROWID;
        CREATE TABLE model_version_file (
            model TEXT NOT NULL, version INTEGER NOT NULL, path TEXT NOT NULL,
            digest TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (model, version, path),
            FOREIGN KEY (model, version) REFERENCES model_version ON DELETE CASCADE ON UPDATE CASCADE
        ) WITHOUT ROWID;
        CREATE INDEX model_version_file_digest ON model_version_file (digest);

        CREATE TABLE alias (
            model TEXT NOT NULL, alias TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (model, alias),
            FOREIGN KEY (model, version) REFERENCES model_version ON DELETE CASCADE ON UPDATE CASCADE
        ) WITHOUT ROWID;
        CREATE INDEX alias_version ON alias (model, version);
        -- Appended to, never changed; `model` is what the model was called then.
        CREATE TABLE alias_move (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, life INTEGER NOT NULL, model TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            alias TEXT NOT NULL, version INTEGER, previous INTEGER, time INTEGER NOT NULL,
            actor TEXT NOT NULL, decision TEXT, action TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT,
            is_override INTEGER NOT NULL,
            UNIQUE (life, epoch, alias));
        CREATE INDEX alias_move_alias ON alias_move (life, alias, sequence);
        CREATE INDEX alias_move_model ON alias_move (model, sequence);

        """

    private static let artifacts = """
        CREATE TABLE artifact (
            path TEXT PRIMARY KEY, digest TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL
        ) WITHOUT ROWID;
        -- With the size, so that what a registry holds is added up from the index alone.
        CREATE INDEX artifact_digest ON artifact (digest, size);

        """

    private static let retraining = """
        -- `model` is what the model is called now; `body` what was proposed, as JSON, with all evidence since.
        CREATE TABLE retrain_request (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
            body BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, proposed INTEGER NOT NULL,
            proposed_by TEXT NOT NULL, proposals INTEGER NOT NULL DEFAULT 1, waits_until INTEGER,
            accepted INTEGER, finished INTEGER,
            -- Where the rows end that it is about; NULL where it is not about rows.
            window_end INTEGER,
            covered_by TEXT, worker TEXT, attempts INTEGER NOT NULL DEFAULT 0, lease TEXT, lease_until INTEGER,
            run TEXT, version INTEGER,
            -- The training set that it names, by its id.
            training_set TEXT);
        CREATE INDEX retrain_request_training_set ON retrain_request (training_set);
        CREATE INDEX retrain_request_model ON retrain_request (model, state);
        CREATE INDEX retrain_request_state ON retrain_request (state);
        CREATE UNIQUE INDEX retrain_request_in_flight ON retrain_request (model)
            WHERE state IN ('accepted', 'running');
        -- Trainings in a row that came to nothing, since the last that did not.
        CREATE TABLE retrain_setback (model TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;

        """

    private static let trainingSets = """
        -- Files that models are trained on. `model` is what the model is called now, `id` the SHA-256 of the file,
        -- `reference` that of the reference file which its features make; `offer` and `facts` are JSON.
        CREATE TABLE training_set (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, id TEXT NOT NULL,
            size INTEGER NOT NULL, offer BLOB NOT NULL, format TEXT NOT NULL, state TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '', facts BLOB, reference TEXT,
            created INTEGER NOT NULL, created_by TEXT NOT NULL, UNIQUE (model, id));
        CREATE INDEX training_set_id ON training_set (id, size);
        CREATE INDEX training_set_reference ON training_set (reference);
        CREATE INDEX training_set_state ON training_set (state);
        -- Those of which bytes are missing; `file` is where those are that have come.
        CREATE TABLE training_set_upload (
            model TEXT NOT NULL, id TEXT NOT NULL, file TEXT NOT NULL UNIQUE, offer BLOB NOT NULL,
            started INTEGER NOT NULL, PRIMARY KEY (model, id)) WITHOUT ROWID;

        """

    private static let jobs = """
        -- `progress` is JSON, `cpu` milliseconds, `peak_memory` bytes, `last_errors` lines.
        CREATE TABLE job (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
            model TEXT NOT NULL, request TEXT, run TEXT, command TEXT NOT NULL, state TEXT NOT NULL,
            reason TEXT NOT NULL, progress BLOB, pid INTEGER, created INTEGER NOT NULL, started INTEGER,
            finished INTEGER, exit_code INTEGER, cpu INTEGER, peak_memory INTEGER,
            last_errors TEXT NOT NULL DEFAULT '');
        CREATE INDEX job_model ON job (model, sequence);
        CREATE INDEX job_state ON job (state, sequence);
        CREATE INDEX job_finished ON job (finished);

        """

    private static let rollouts = """
        -- Champion against candidates in service. `model` is what the model is called now; `policy` and `state` are JSON,
        -- `heard` when an agent reported last.
        CREATE TABLE rollout (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
            policy TEXT NOT NULL, state TEXT NOT NULL, phase TEXT NOT NULL, reason TEXT NOT NULL, request TEXT,
            created INTEGER NOT NULL, created_by TEXT NOT NULL, heard INTEGER, ended INTEGER);
        CREATE UNIQUE INDEX rollout_live ON rollout (model) WHERE ended IS NULL;
        CREATE INDEX rollout_model ON rollout (model, sequence);
        -- What people have told rollouts, `taken` once a tick has seen it.
        CREATE TABLE rollout_command (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, rollout TEXT NOT NULL REFERENCES rollout (id),
            command TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL,
            taken INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX rollout_command_open ON rollout_command (rollout) WHERE taken = 0;
        -- The log of decisions, each line with the hash of the one before it.
        CREATE TABLE rollout_decision (
            rollout TEXT NOT NULL REFERENCES rollout (id), sequence INTEGER NOT NULL, line TEXT NOT NULL,
            PRIMARY KEY (rollout, sequence)) WITHOUT ROWID;
        -- What agents saw: `cluster` is its beginning in nanoseconds.
        CREATE TABLE rollout_sum (
            rollout TEXT NOT NULL REFERENCES rollout (id), metric TEXT NOT NULL, cluster INTEGER NOT NULL,
            stage INTEGER NOT NULL, arm INTEGER NOT NULL, agent TEXT NOT NULL, pane TEXT NOT NULL,
            count INTEGER NOT NULL, sum REAL NOT NULL,
            PRIMARY KEY (rollout, metric, cluster, stage, arm, agent, pane)) WITHOUT ROWID;
        -- Units by the first 64 bits of a hash, with the arm that served them first; `crossed` when another did too.
        CREATE TABLE rollout_unit (
            rollout TEXT NOT NULL REFERENCES rollout (id), unit INTEGER NOT NULL, arm INTEGER NOT NULL,
            first INTEGER NOT NULL, stage INTEGER NOT NULL, labelled INTEGER NOT NULL DEFAULT 0,
            crossed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (rollout, unit)) WITHOUT ROWID;
        -- What happened to a unit in its arm, each thing once, in the stage in which it happened first.
        CREATE TABLE rollout_event (
            rollout TEXT NOT NULL REFERENCES rollout (id), metric TEXT NOT NULL, unit INTEGER NOT NULL,
            arm INTEGER NOT NULL, first INTEGER NOT NULL, stage INTEGER NOT NULL,
            PRIMARY KEY (rollout, metric, unit)) WITHOUT ROWID;
        -- Candidates scored beside the champion: from `since` on, in nanoseconds, rows are new to all versions; `basis`
        -- says what was scored last, `result` is JSON.
        CREATE TABLE rollout_shadow (
            rollout TEXT PRIMARY KEY REFERENCES rollout (id), since INTEGER NOT NULL, basis TEXT, scored INTEGER,
            result TEXT) WITHOUT ROWID;
        -- The rows that agents have brought for it, the newest of each.
        CREATE TABLE rollout_rows (
            rollout TEXT NOT NULL REFERENCES rollout (id), agent TEXT NOT NULL, training_set TEXT NOT NULL,
            given INTEGER NOT NULL, PRIMARY KEY (rollout, agent)) WITHOUT ROWID;
        CREATE INDEX rollout_rows_training_set ON rollout_rows (training_set);
        -- Which rows have judged how many candidates: `judge` is a retrain request or a rollout, `first` and `last` are
        -- nanoseconds.
        CREATE TABLE holdout_use (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, judge TEXT NOT NULL,
            digest TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, candidates INTEGER NOT NULL,
            UNIQUE (model, judge));

        """

    private static let bookkeeping = """
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, actor TEXT NOT NULL,
            client TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL);
        CREATE INDEX audit_subject ON audit (subject, sequence);

        CREATE TABLE recent_run (
            request TEXT PRIMARY KEY, time INTEGER NOT NULL,
            run TEXT NOT NULL REFERENCES run ON DELETE CASCADE) WITHOUT ROWID;
        CREATE INDEX recent_run_time ON recent_run (time);

        INSERT INTO experiment (id, name, artifact_location, created, updated)
            VALUES (0, 'Default', 'mlflow-artifacts:/0', unixepoch() * 1000, unixepoch() * 1000);
        """
}
