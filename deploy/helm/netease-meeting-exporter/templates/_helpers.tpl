{{/* The name of what is installed. */}}
{{- define "exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of everything in the release: at most 52 characters, so that a shard's number fits behind it. */}}
{{- define "exporter.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "exporter.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "exporter.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "exporter.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "exporter.secretName" -}}
{{- default (include "exporter.fullname" .) .Values.existingSecret }}
{{- end }}

{{/* What would start and then fail, or fail without a word, is refused here. */}}
{{- define "exporter.check" -}}
{{- if not .Values.config.apps }}
{{- fail "config.apps is empty: name at least one application, as config/exporter.example.yml shows" }}
{{- end }}
{{- if hasKey .Values.config "state_dir" }}
{{- fail "config.state_dir is set by the chart: use persistence.enabled" }}
{{- end }}
{{- if and .Values.secrets .Values.existingSecret }}
{{- fail "secrets and existingSecret: give one of them" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled }}
{{- fail "serviceMonitor and podMonitor: enable one of them, or every figure is scraped twice" }}
{{- end }}
{{- if and .Values.persistence.existingClaim (gt (int .Values.shards) 1) }}
{{- fail "persistence.existingClaim holds one ledger, and each of several shards needs its own" }}
{{- end }}
{{- end }}

{{/* The labels, annotations and specification of a pod, the same for Deployment and StatefulSet. */}}
{{- define "exporter.pod" -}}
{{- $sharded := gt (int .Values.shards) 1 -}}
metadata:
  annotations:
    # A changed configuration or secret is read by new pods.
    checksum/config: {{ toYaml .Values.config | sha256sum }}
    {{- with .Values.secrets }}
    checksum/secrets: {{ toYaml . | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "exporter.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "exporter.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  # It stops within 15 seconds, having written what it knows.
  terminationGracePeriodSeconds: 30
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .Values.securityContext.runAsUser }}
    runAsGroup: {{ .Values.securityContext.runAsGroup }}
    fsGroup: {{ .Values.securityContext.runAsGroup }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: exporter
      image: {{ include "exporter.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - serve
        - --config.file=/etc/netease-meeting-exporter/exporter.yml
        - --web.listen-address=:10163
        - --log.level={{ .Values.log.level }}
        - --log.format={{ .Values.log.format }}
        {{- if $sharded }}
        - --shard.index=auto
        - --shard.count={{ .Values.shards }}
        {{- end }}
        {{- range .Values.extraArgs }}
        - {{ . | quote }}
        {{- end }}
      env:
        # Where app_secret_file looks first.
        - name: CREDENTIALS_DIRECTORY
          value: /run/secrets/netease-meeting-exporter
        {{- if .Values.persistence.enabled }}
        - name: NETEASE_MEETING__STATE_DIR
          value: /var/lib/netease-meeting-exporter
        {{- end }}
        {{- if $sharded }}
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: metrics
          containerPort: 10163
          protocol: TCP
      # The first answers as long as it runs; the second once every application had its first round.
      livenessProbe:
        httpGet:
          path: /-/healthy
          port: metrics
          scheme: {{ .Values.probes.scheme }}
        periodSeconds: 30
        timeoutSeconds: 5
      readinessProbe:
        httpGet:
          path: /-/ready
          port: metrics
          scheme: {{ .Values.probes.scheme }}
        periodSeconds: 10
        timeoutSeconds: 5
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        capabilities:
          drop: [ALL]
        privileged: false
        readOnlyRootFilesystem: true
        runAsNonRoot: true
      volumeMounts:
        - name: config
          mountPath: /etc/netease-meeting-exporter
          readOnly: true
        - name: secrets
          mountPath: /run/secrets/netease-meeting-exporter
          readOnly: true
        {{- if .Values.persistence.enabled }}
        - name: state
          mountPath: /var/lib/netease-meeting-exporter
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "exporter.fullname" . }}
    - name: secrets
      secret:
        secretName: {{ include "exporter.secretName" . }}
        # The group of fsGroup reads it, and nobody else.
        defaultMode: 0440
    {{- if and .Values.persistence.enabled (not $sharded) }}
    - name: state
      persistentVolumeClaim:
        claimName: {{ default (include "exporter.fullname" .) .Values.persistence.existingClaim }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* How the operator's Prometheus scrapes; the rules expect this name of the job. */}}
{{- define "exporter.endpoint" -}}
port: metrics
path: /metrics
scheme: {{ lower .root.Values.probes.scheme }}
interval: {{ .monitor.interval }}
scrapeTimeout: {{ .monitor.scrapeTimeout }}
relabelings:
  - targetLabel: job
    replacement: netease-meeting
{{- end }}
